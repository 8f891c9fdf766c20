import { expect, test } from 'vitest';
import { makeClosedOrder } from '@/testing/factories';
import { receiptSentences, receiptText } from './receipt';

const receipt = {
  tradeId: 123_456_789,
  price: 640_995_000,
  bid: 640_930_900,
  ask: 641_059_100,
  time: Date.parse('2026-03-10T12:03:04.123Z'),
  trigger: 641_000_000,
};

test('an automatic close names the trade that fired it, the trigger, and what the gap cost', () => {
  const order = makeClosedOrder({ closeReason: 'stop_loss', closePrice: 640_930_900, receipt });
  expect(receiptSentences(order).slice(0, 2)).toEqual([
    'Stop loss at 64,100.0000 fired by Binance trade 123456789 at 64,099.5000 (bid 64,093.0900, ask 64,105.9100) on 10 Mar 2026, 12:03:04.123 UTC.',
    'Filled at the bid of that trade, 64,093.0900: $6.9100 beyond the trigger, to your disadvantage.',
  ]);
});

test('a short is filled at the ask, and beyond its take profit is better', () => {
  const order = makeClosedOrder({
    type: 'sell',
    closeReason: 'take_profit',
    closePrice: 640_999_000,
    receipt: { ...receipt, ask: 640_999_000 },
  });
  expect(receiptSentences(order)[1]).toBe(
    'Filled at the ask of that trade, 64,099.9000: $0.1000 beyond the trigger, in your favour.',
  );
});

test('a fill at the trigger has no gap', () => {
  const order = makeClosedOrder({ closePrice: 641_000_000, receipt });
  expect(receiptSentences(order)[1]).toContain('exactly the trigger');
});

test('a liquidation says what the house bore', () => {
  const order = makeClosedOrder({ closeReason: 'liquidation', closePrice: 640_930_900, receipt, shortfall: 40_000 });
  expect(receiptSentences(order)).toContain(
    'The loss went $400.00 beyond your margin. You lost the margin and no more; the house bore the rest.',
  );
});

test('what was closed by hand says so, a part of a position too', () => {
  expect(receiptSentences(makeClosedOrder({ closeReason: 'manual', receipt: null }))[0]).toMatch(/^Closed by you/);
  const part = makeClosedOrder({ closeReason: 'partial_close', receipt: null, parentOrderId: 'order-0' });
  expect(receiptSentences(part)[0]).toMatch(/^A part of the position was closed by you/);
});

test('as text it can be kept: sentences, figures, the order’s id', () => {
  const text = receiptText(makeClosedOrder({ closeReason: 'stop_loss', receipt, notional: 100_000 }));
  expect(text).toContain('BTC long 10x\nStop loss at 64,100.0000 fired by Binance trade 123456789');
  expect(text).toContain('\nSize: $1,000.00\n');
  expect(text).toMatch(/Order: order-1$/);
});
