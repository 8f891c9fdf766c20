import { preferencesStore } from '@/lib/stores/preferences';
import { type Sound, TONES } from './tones';

let context: AudioContext | null = null;

/**
 * Plays a sound where the trader wants to hear it. The browser lets a page be heard once it has been clicked; until
 * then, and where there is no sound at all, nothing is heard and nothing fails.
 */
export function playTone(sound: Sound): void {
  const { sound: isWanted, volume } = preferencesStore.getState();
  if (!isWanted || volume === 0 || typeof AudioContext === 'undefined') return;
  context ??= new AudioContext();
  if (context.state === 'suspended') void context.resume();
  let at = context.currentTime;
  for (const { hertz, seconds } of TONES[sound]) {
    playAt(context, hertz, at, seconds, volume / 100);
    at += seconds;
  }
}

function playAt(audio: AudioContext, hertz: number, at: number, seconds: number, volume: number): void {
  const oscillator = audio.createOscillator();
  const gain = audio.createGain();
  oscillator.frequency.value = hertz;
  gain.gain.setValueAtTime(volume * 0.25, at);
  // To nothing within its time: a tone that is cut off clicks.
  gain.gain.exponentialRampToValueAtTime(0.0001, at + seconds);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start(at);
  oscillator.stop(at + seconds);
}
