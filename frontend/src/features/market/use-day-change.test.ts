import { expect, test } from 'vitest';
import { rangeOfDay } from './use-day-change';

const NOW = 1_700_000_000;
const candle = (age: number, open: number) => ({
  ...{ time: NOW - age, open, high: open + 2, low: open - 1, close: open + 1 },
  volume: '1',
});

test('a day’s change counts from the candle that the day began in', () => {
  const candles = [candle(86_400 + 1000, 90), candle(86_400 + 100, 100), candle(50_000, 130), candle(100, 120)];
  expect(rangeOfDay(candles, NOW)).toEqual({ openRaw: 1_000_000, highRaw: 1_320_000, lowRaw: 990_000 });
});

test('a history that doesn’t reach back a day tells no change of a day', () => {
  expect(rangeOfDay([candle(80_000, 100), candle(100, 120)], NOW)).toBeNull();
  expect(rangeOfDay([], NOW)).toBeNull();
});
