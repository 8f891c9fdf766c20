import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeOrder } from '@/testing/factories';
import { accountStore } from './stores/account';
import { priceStore } from './stores/prices';
import { followTrailingStops, trailingStopOf } from './trailing';

const long = makeOrder({
  trailingStopLoss: { enabled: true, trailingDistance: 1_000_000, highestPrice: 645_000_000, lowestPrice: null, stopPrice: 644_000_000 },
});
const short = makeOrder({
  orderId: 'order-2',
  type: 'sell',
  trailingStopLoss: { enabled: true, trailingDistance: 1_000_000, highestPrice: null, lowestPrice: 645_000_000, stopPrice: 646_000_000 },
});
let callOff: () => void;

function price(bid: number, ask: number) {
  priceStore.getState().update({ symbol: 'BTC', bid, ask, last: null, time: 1, source: 'binance' }, performance.now());
}

beforeEach(() => {
  accountStore.getState().reset();
  priceStore.getState().reset();
  accountStore.getState().endFetch({ orders: [long, short], balanceCents: 1 });
  callOff = followTrailingStops();
});
afterEach(() => callOff());

test('it stands where the server told until a better price comes, and never goes back', () => {
  expect(trailingStopOf(long)).toBe(644_000_000);
  price(644_500_000, 644_600_000);
  expect([trailingStopOf(long), trailingStopOf(short)]).toEqual([644_000_000, 645_600_000]);
  price(646_000_000, 646_100_000);
  expect([trailingStopOf(long), trailingStopOf(short)]).toEqual([645_000_000, 645_600_000]);
});

test('another distance begins with what the server tells of it', () => {
  price(650_000_000, 650_100_000);
  const amended = makeOrder({
    trailingStopLoss: { enabled: true, trailingDistance: 500_000, highestPrice: 648_000_000, lowestPrice: null, stopPrice: 647_500_000 },
  });
  expect(trailingStopOf(amended)).toBe(647_500_000);
});

test('an order without one has none', () => {
  expect(trailingStopOf(makeOrder({ orderId: 'order-3' }))).toBeNull();
});
