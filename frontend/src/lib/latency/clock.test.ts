import { expect, test } from 'vitest';
import { DeskClock } from './clock';

const DESK_EPOCH = 1_700_000_000_000;

/** The desk's time was asked for at `sentAt`; the way there and the way back took so long. */
function ask(clock: DeskClock, sentAt: number, there: number, back: number) {
  clock.note(sentAt, sentAt + there + back, DESK_EPOCH + sentAt + there);
}

test('nothing is known before the first answer, and after a loss', () => {
  const clock = new DeskClock();
  expect(clock.read(0)).toBeNull();
  ask(clock, 0, 5, 5);
  clock.reset();
  expect(clock.read(0)).toBeNull();
});

test('with both ways alike the desk’s time is exact', () => {
  const clock = new DeskClock();
  ask(clock, 1_000, 5, 5);
  expect(clock.read(1_010)).toMatchObject({ offset: DESK_EPOCH, roundTrip: 10 });
});

test('the quickest of the last few counts: a slow answer can be wrong by half of its trip', () => {
  const clock = new DeskClock();
  ask(clock, 1_000, 90, 10);
  ask(clock, 2_000, 3, 1);
  ask(clock, 3_000, 10, 80);
  expect(clock.read(3_100)).toMatchObject({ offset: DESK_EPOCH + 1, roundTrip: 4 });
});

test('what is too long ago is forgotten', () => {
  const clock = new DeskClock();
  ask(clock, 0, 1, 1);
  for (let at = 1_000; at <= 8_000; at += 1_000) ask(clock, at, 20, 20);
  expect(clock.read(8_100)?.roundTrip).toBe(40);
});

test('an old answer loses to a new one that is nearly as quick: clocks part', () => {
  const clock = new DeskClock();
  ask(clock, 0, 1, 1);
  ask(clock, 60_000, 2, 2);
  expect(clock.read(60_100)?.roundTrip).toBe(4);
});

test('an answer from before its question is none', () => {
  const clock = new DeskClock();
  clock.note(100, 50, DESK_EPOCH);
  expect(clock.read(100)).toBeNull();
});
