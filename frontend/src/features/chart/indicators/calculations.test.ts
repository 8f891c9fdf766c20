import { expect, test } from 'vitest';
import type { Candle } from '@/features/chart/candles';
import {
  type Calculation,
  bollingerBands,
  convergence,
  exponentialAverage,
  relativeStrength,
  sessionAverage,
  simpleAverage,
} from './calculations';

function candle(close: number, part: Partial<Candle> = {}): Candle {
  return { time: 0, open: close, high: close, low: close, close, volume: 1, ...part };
}

function follow(calculation: Calculation, closes: readonly number[]) {
  return closes.map((close) => calculation(candle(close), false));
}

test('a simple average is the mean of the last closes, and nothing until there are enough', () => {
  expect(follow(simpleAverage(3), [1, 2, 3, 4, 8])).toEqual([[null], [null], [2], [3], [5]]);
});

test('an exponential average weighs the newest close with 2 / (period + 1)', () => {
  // By hand, with 1/2: 2, 3, 4.5, 2.25.
  expect(follow(exponentialAverage(3), [2, 4, 6, 0])).toEqual([[null], [null], [4.5], [2.25]]);
});

test('Bollinger bands stand so many standard deviations from the mean', () => {
  // A known set: its mean is 5 and its standard deviation 2.
  expect(follow(bollingerBands(8, 2), [2, 4, 4, 4, 5, 5, 7, 9]).at(-1)).toEqual([9, 5, 1]);
});

// Wilder's own example, as every textbook and StockCharts' tables tell it.
const WILDER = [
  44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955, 45.4245, 45.8433, 46.0826, 45.8931, 46.0328, 45.614,
  46.282, 46.282, 46.0028, 46.0328, 46.4116, 46.2222, 45.6439,
];

test('relative strength follows Wilder’s example', () => {
  const values = follow(relativeStrength(14), WILDER).map(([value]) => value?.toFixed(2));
  expect(values.slice(0, 14)).toEqual(Array(14).fill(undefined));
  expect(values.slice(14)).toEqual(['70.53', '66.32', '66.55', '69.41', '66.36', '57.97']);
});

test('MACD is the fast average less the slow one, with its signal and their difference', () => {
  // By hand: fast (2/3) and slow (1/2) averages of 1, 2, 4, 8.
  const fast = 8 * (2 / 3) + (4 * (2 / 3) + (2 * (2 / 3) + 1 / 3) / 3) / 3;
  const slow = 8 / 2 + (4 / 2 + (2 / 2 + 1 / 2) / 2) / 2;
  const [macd, signal, difference] = follow(convergence(2, 3, 2), [1, 2, 4, 8]).at(-1) ?? [];
  expect(macd).toBeCloseTo(fast - slow, 10);
  expect(difference).toBeCloseTo((macd ?? 0) - (signal ?? 0), 10);
});

test('the session’s average weighs by volume and begins anew with the UTC day', () => {
  const average = sessionAverage();
  expect(average(candle(10, { time: 86_340, volume: 1 }), false)).toEqual([10]);
  expect(average(candle(20, { time: 86_399, volume: 3 }), false)).toEqual([17.5]);
  expect(average(candle(30, { time: 86_400, volume: 2 }), false)).toEqual([30]);
});

test('a candle whose volume isn’t known yet changes nothing in the session’s average', () => {
  const average = sessionAverage();
  average(candle(10, { time: 60 }), false);
  expect(average(candle(99, { time: 120, volume: 0 }), false)).toEqual([10]);
  expect(average(candle(20, { time: 120, volume: 1 }), true)).toEqual([15]);
});

test.each([
  ['simple average', () => simpleAverage(5)],
  ['exponential average', () => exponentialAverage(5)],
  ['Bollinger bands', () => bollingerBands(5, 2)],
  ['relative strength', () => relativeStrength(5)],
  ['MACD', () => convergence(3, 6, 4)],
  ['session average', () => sessionAverage()],
])('%s: a candle that changes live ends at what it would be told at once', (_name, make) => {
  const live = make();
  const atOnce = make();
  const closes = Array.from({ length: 60 }, (_, index) => 100 + 10 * Math.sin(index * 1.7) + index / 7);
  for (const [index, close] of closes.entries()) {
    live(candle(close + 3), false);
    live(candle(close - 5), true);
    const values = live(candle(close), true);
    const expected = atOnce(candle(close), false);
    expect(values.map((value) => value?.toFixed(8)), `candle ${index}`).toEqual(
      expected.map((value) => value?.toFixed(8)),
    );
  }
});
