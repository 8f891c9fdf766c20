import { expect, test } from 'vitest';
import { makeClosedOrder, makeOrder } from '@/testing/factories';
import type { Candle } from '@/features/chart/candles';
import { candleTimeAt, tradePoints } from './trade-points';

function candlesAt(...times: number[]): Candle[] {
  return times.map((time) => ({ time, open: 1, high: 1, low: 1, close: 1, volume: 0 }));
}

const CANDLES = candlesAt(600, 660, 780);

test.each([
  ['within a candle', 659, 600],
  ['at its first second', 660, 660],
  ['in a minute without a trade: at the candle before', 730, 660],
  ['in the newest candle', 830, 780],
  ['in a minute whose first price is still to come', 845, 780],
  ['before the oldest candle: nowhere', 599, null],
  ['long after the newest candle: nowhere', 9_000, null],
])('a moment %s', (_where, seconds, time) => {
  expect(candleTimeAt(CANDLES, seconds, 60)).toBe(time);
});

test('without candles there is nothing to mark', () => {
  expect(candleTimeAt([], 600, 60)).toBeNull();
});

test('open and closed positions are marked where they were opened and closed, and told in words', () => {
  const open = makeOrder({ openTimestamp: 781_000 });
  const closed = makeClosedOrder({ orderId: 'b', type: 'sell', openTimestamp: 600_500, closeTimestamp: 700_000, pnl: -979 });
  expect(tradePoints([open], [closed], CANDLES, 60).map(({ id, time, words }) => [id, time, words])).toEqual([
    ['b:opened', 600, 'Opened short 10x at 64,506.57'],
    ['b:closed', 660, 'Take profit: short at 65,138.61, -$9.79'],
    ['order-1:opened', 780, 'Opened long 10x at 64,506.57'],
  ]);
});

test('a position closed in parts was opened once', () => {
  const rest = makeOrder({ openTimestamp: 600_500 });
  const part = makeClosedOrder({ orderId: 'part', openTimestamp: 600_500, closeTimestamp: 661_000 });
  expect(tradePoints([rest], [part], CANDLES, 60).map(({ id }) => id)).toEqual(['order-1:opened', 'part:closed']);
});
