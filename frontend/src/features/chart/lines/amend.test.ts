import { expect, test } from 'vitest';
import { makeOrder } from '@/testing/factories';
import { changeOf, judge, keyStep, nearestLevel, priceTick, roundStep, snap, suggestedRaw } from './amend';

const PRICES = { bid: 644_936_700, ask: 645_065_700 };
const LONG = makeOrder();
const SHORT = makeOrder({ type: 'sell', openPrice: 644_936_700, liquidationPrice: 709_430_370 });

test('the nearest line within reach of the pointer is taken', () => {
  const placed = [{ y: 100 }, { y: 107 }, { y: 300 }];
  expect(nearestLevel(placed, 104)).toEqual({ y: 107 });
  expect(nearestLevel(placed, 295)).toEqual({ y: 300 });
  expect(nearestLevel(placed, 200)).toBeNull();
});

test('prices are taken in round steps of what a pixel is worth, never finer than the asset’s', () => {
  expect(priceTick(645_065_700)).toBe(100);
  expect(priceTick(1_500_000)).toBe(1);
  expect(roundStep(37_400, 100)).toBe(10_000);
  expect(roundStep(12, 100)).toBe(100);
  expect(snap(645_043_210, 10_000)).toBe(645_040_000);
  expect(snap(-5, 100)).toBe(100);
  expect(keyStep(645_065_700)).toBe(100_000);
});

test('the first worked case: what closing there would make', () => {
  expect(judge(LONG, 'takeProfit', 651_386_067, PRICES)).toEqual({
    distanceRaw: 6_449_367,
    pnlCents: 979,
    refusal: null,
    note: null,
  });
});

test.each([
  ['long’s take profit must be above the bid', LONG, 'takeProfit', 644_936_700],
  ['long’s stop loss must be below the bid', LONG, 'stopLoss', 644_936_700],
  ['long’s trailing stop must be below the bid', LONG, 'trailingStop', 650_000_000],
  ['short’s take profit must be below the ask', SHORT, 'takeProfit', 645_065_700],
  ['short’s stop loss must be above the ask', SHORT, 'stopLoss', 640_000_000],
] as const)('a %s', (words, order, kind, raw) => {
  expect(judge(order, kind, raw, PRICES).refusal).toContain(words);
});

test.each([
  [LONG, 'takeProfit', 644_936_800],
  [LONG, 'stopLoss', 644_936_600],
  [SHORT, 'takeProfit', 645_065_600],
  [SHORT, 'stopLoss', 645_065_800],
] as const)('on its side of the market a trigger may stand', (order, kind, raw) => {
  expect(judge(order, kind, raw, PRICES).refusal).toBeNull();
});

test('a stop beyond the liquidation is allowed and said to come second, and no more than the margin is lost', () => {
  const proposal = judge(LONG, 'stopLoss', 500_000_000, PRICES);
  expect(proposal).toMatchObject({ refusal: null, note: 'Liquidation comes first', pnlCents: -10_000 });
});

test('without a price nothing can be set', () => {
  expect(judge(LONG, 'stopLoss', 600_000_000, null)).toMatchObject({
    distanceRaw: null,
    refusal: 'There is no price to compare it with yet',
  });
});

test('what is sent are USD decimals, and nothing where nothing changed', () => {
  const order = makeOrder({ stopLoss: 640_000_000 });
  expect(changeOf({ order, kind: 'stopLoss', raw: 639_000_100 }, PRICES)).toEqual({
    orderId: 'order-1',
    stopLoss: '63900.0100',
  });
  expect(changeOf({ order, kind: 'stopLoss', raw: 640_000_000 }, PRICES)).toBeNull();
});

test('a moved trailing stop is sent as its distance from the closing price', () => {
  const trailingStopLoss = { enabled: true, trailingDistance: 5_000_000, highestPrice: null, lowestPrice: null, stopPrice: null };
  const order = makeOrder({ trailingStopLoss });
  expect(changeOf({ order, kind: 'trailingStop', raw: 640_000_000 }, PRICES)).toEqual({
    orderId: 'order-1',
    trailingStopLoss: { enabled: true, trailingDistance: '493.6700' },
  });
  expect(changeOf({ order, kind: 'trailingStop', raw: 639_936_700 }, PRICES)).toBeNull();
});

test('a new trigger is suggested on its side of the market', () => {
  for (const order of [LONG, SHORT]) {
    for (const kind of ['takeProfit', 'stopLoss'] as const) {
      expect(judge(order, kind, suggestedRaw(order, kind, PRICES), PRICES).refusal).toBeNull();
    }
  }
});
