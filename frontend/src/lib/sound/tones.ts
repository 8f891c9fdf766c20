/** What is heard: a tone each, one after the other. Rising for a gain, falling for a loss. */
export type Sound = 'opened' | 'gain' | 'loss' | 'liquidation';

interface Tone {
  hertz: number;
  seconds: number;
}

export const TONES: Record<Sound, readonly Tone[]> = {
  opened: [{ hertz: 660, seconds: 0.08 }],
  gain: [
    { hertz: 660, seconds: 0.09 },
    { hertz: 880, seconds: 0.14 },
  ],
  loss: [
    { hertz: 520, seconds: 0.09 },
    { hertz: 390, seconds: 0.14 },
  ],
  liquidation: [
    { hertz: 330, seconds: 0.14 },
    { hertz: 262, seconds: 0.14 },
    { hertz: 196, seconds: 0.26 },
  ],
};
