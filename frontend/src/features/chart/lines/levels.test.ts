import { expect, test } from 'vitest';
import type { Order } from '@/lib/api/types';
import { makeOrder } from '@/testing/factories';
import { TrailingPeaks, levelAt, levelsOf, withProposals } from './levels';

function byId(...orders: Order[]) {
  return Object.fromEntries(orders.map((order) => [order.orderId, order]));
}

function trailing(part: Partial<Order> = {}, peak: { highestPrice?: number; lowestPrice?: number } = {}): Order {
  const told = { highestPrice: null, lowestPrice: null, stopPrice: null, ...peak };
  return makeOrder({ trailingStopLoss: { enabled: true, trailingDistance: 5_000_000, ...told }, ...part });
}

test('only the shown asset’s levels are drawn, and only those that are set', () => {
  const orders = byId(makeOrder({ takeProfit: 660_000_000 }), makeOrder({ orderId: 'b', asset: 'ETH' }));
  expect(levelsOf(orders, 'BTC').map(({ kind, raw }) => [kind, raw])).toEqual([
    ['entry', 645_065_700],
    ['takeProfit', 660_000_000],
    ['liquidation', 580_559_130],
  ]);
});

test('a 1x long has no liquidation level', () => {
  const orders = byId(makeOrder({ leverage: 1, liquidationPrice: 0 }));
  expect(levelsOf(orders, 'BTC').map(({ kind }) => kind)).toEqual(['entry']);
});

test('of many positions the newest three are named, and some are not drawn at all', () => {
  const many = Array.from({ length: 12 }, (_, index) => makeOrder({ orderId: `o${index}`, openTimestamp: index }));
  const entries = levelsOf(byId(...many), 'BTC').filter(({ kind }) => kind === 'entry');
  expect(entries.map(({ order }) => order.orderId)).toEqual(['o11', 'o10', 'o9', 'o8', 'o7', 'o6', 'o5', 'o4']);
  expect(entries.filter(({ isNamed }) => isNamed)).toHaveLength(3);
});

test('a proposal stands in for the level it moves, and beside the others where there was none', () => {
  const order = makeOrder({ takeProfit: 660_000_000 });
  const moved = levelAt(order, 'takeProfit', 670_000_000, { isProposed: true });
  const added = levelAt(order, 'stopLoss', 630_000_000, { isProposed: true });
  const levels = withProposals(levelsOf(byId(order), 'BTC'), [moved, added]);
  expect(levels.map(({ kind, raw }) => [kind, raw])).toEqual([
    ['entry', 645_065_700],
    ['takeProfit', 670_000_000],
    ['liquidation', 580_559_130],
    ['stopLoss', 630_000_000],
  ]);
});

test('a long’s trailing stop follows the best bid up, and never back', () => {
  const peaks = new TrailingPeaks();
  const order = trailing({}, { highestPrice: 650_000_000 });
  const stops = [640_000_000, 660_000_000, 655_000_000].map((bid) => peaks.stopOf(order, bid));
  expect(stops).toEqual([645_000_000, 655_000_000, 655_000_000]);
});

test('a short’s follows the best ask down', () => {
  const peaks = new TrailingPeaks();
  const order = trailing({ type: 'sell' }, { lowestPrice: 640_000_000 });
  expect([645_000_000, 630_000_000, 635_000_000].map((ask) => peaks.stopOf(order, ask))).toEqual([
    645_000_000, 635_000_000, 635_000_000,
  ]);
});

test('a trailing stop that was set anew counts from what the server then tells', () => {
  const peaks = new TrailingPeaks();
  peaks.stopOf(trailing({}, { highestPrice: 650_000_000 }), 700_000_000);
  expect(peaks.stopOf(trailing({}, { highestPrice: 651_000_000 }), 649_000_000)).toBe(646_000_000);
});

test('without a price the told stop stands', () => {
  expect(new TrailingPeaks().stopOf(trailing({}, { highestPrice: 650_000_000 }), null)).toBe(645_000_000);
  expect(new TrailingPeaks().stopOf(makeOrder(), 650_000_000)).toBeNull();
});
