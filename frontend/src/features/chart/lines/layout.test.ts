import { expect, test } from 'vitest';
import { reachFor, spreadOut } from './layout';

test('labels that have room stay where they belong', () => {
  expect(spreadOut([300, 50, 120], 24, 12, 400)).toEqual([300, 50, 120]);
});

test('labels at one price stand under each other, in their order', () => {
  expect(spreadOut([100, 100, 110], 24, 12, 400)).toEqual([100, 124, 148]);
});

test('levels out of sight are held at the edge, and nothing is pushed out at the foot', () => {
  expect(spreadOut([-500, 9_000, 395], 24, 12, 400)).toEqual([12, 400, 376]);
});

test('levels near the candles come into sight, far ones don’t squeeze them', () => {
  const candles = { minValue: 100, maxValue: 110 };
  expect(reachFor(candles, [112, 98])).toEqual({ minValue: 98, maxValue: 112 });
  expect(reachFor(candles, [500, 98])).toEqual({ minValue: 98, maxValue: 110 });
  expect(reachFor(candles, [105])).toEqual(candles);
  expect(reachFor({ minValue: 100, maxValue: 100 }, [101])).toEqual({ minValue: 100, maxValue: 100 });
});
