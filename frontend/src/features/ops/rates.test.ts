import { describe, expect, it } from 'vitest';
import { type ActorList, donePerMinute } from './rates';

const answer = (at: number, done: number): ActorList => ({
  at,
  actors: [
    { actor: 'send_mail', queue: 'mail', mayPause: true, pausedSince: null, pausedWhy: null, done, failed: 0, away: 0, parked: 0 },
  ],
});

describe('donePerMinute', () => {
  it('is what came between two answers, by their own time', () => {
    expect(donePerMinute(answer(10_000, 5), answer(40_000, 8), 'send_mail')).toBe(6);
    expect(donePerMinute(answer(10_000, 5), answer(40_000, 5), 'send_mail')).toBe(0);
  });

  it('is not known of the first answer, of one actor too many, or when a worker took its count along', () => {
    expect(donePerMinute(null, answer(40_000, 8), 'send_mail')).toBeNull();
    expect(donePerMinute(answer(10_000, 5), answer(40_000, 8), 'prune')).toBeNull();
    expect(donePerMinute(answer(10_000, 5), answer(40_000, 3), 'send_mail')).toBeNull();
    expect(donePerMinute(answer(40_000, 5), answer(40_000, 5), 'send_mail')).toBeNull();
  });
});
