import { beforeEach, expect, test, vi } from 'vitest';
import { preferencesStore } from '@/lib/stores/preferences';

const started: number[] = [];

/** The browser's interface, so far as tones use it. */
class QuietAudio {
  currentTime = 0;
  state = 'running';
  destination = {};
  createOscillator() {
    const oscillator = {
      ...{ frequency: { value: 0 }, connect: (next: unknown) => next, stop: () => undefined },
      start: () => started.push(oscillator.frequency.value),
    };
    return oscillator;
  }
  createGain() {
    return { gain: { setValueAtTime: () => undefined, exponentialRampToValueAtTime: () => undefined }, connect: () => ({}) };
  }
}

async function play(sound: 'gain') {
  vi.resetModules();
  vi.stubGlobal('AudioContext', QuietAudio);
  const { preferencesStore: fresh } = await import('@/lib/stores/preferences');
  fresh.setState(preferencesStore.getState());
  (await import('./play')).playTone(sound);
}

beforeEach(() => {
  started.length = 0;
});

test('a gain is two rising tones, where sound is wanted', async () => {
  preferencesStore.getState().prefer({ sound: true, volume: 50 });
  await play('gain');
  expect(started).toEqual([660, 880]);
});

test('nothing is heard where sound is off or the volume is nothing', async () => {
  preferencesStore.getState().prefer({ sound: false });
  await play('gain');
  preferencesStore.getState().prefer({ sound: true, volume: 0 });
  await play('gain');
  expect(started).toEqual([]);
});
