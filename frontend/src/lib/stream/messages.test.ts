import { describe, expect, test } from 'vitest';
import { makeClosedOrder, makeOrder } from '@/testing/factories';
import { parseMessage } from './messages';

describe('stream messages', () => {
  test('a price keeps the feed’s time and the trade', () => {
    const data = { symbol: 'BTC', bidPrice: 644_936_700, askPrice: 645_065_700, lastPrice: 645_001_200, decimals: 4, time: 1_610_064_000, source: 'replay' };
    expect(parseMessage(JSON.stringify({ type: 'PRICE_UPDATE', data }))).toEqual({
      type: 'price',
      price: { symbol: 'BTC', bid: 644_936_700, ask: 645_065_700, last: 645_001_200, time: 1_610_064_000, source: 'replay' },
      times: null,
    });
  });

  test.each([
    ['binance', 1_610_064_000_123],
    ['replay', null],
    ['simulated', null],
  ])('from %s it was made at %j by an exchange’s clock', (source, madeAt) => {
    const data = { symbol: 'BTC', bidPrice: 1, askPrice: 2, time: 3, source, eventTime: 1_610_064_000_123, receivedTime: 1_610_064_000_130.25 };
    expect(parseMessage(JSON.stringify({ type: 'PRICE_UPDATE', data }))).toMatchObject({ times: { madeAt, receivedAt: 1_610_064_000_130.25 } });
  });

  test('a snapshot is the account in cents and raw prices', () => {
    const order = { ...makeOrder(), margin: 100, openPrice: 64_506.57 };
    const data = { balance: { usd: 4_899.5, cents: 489_950 }, orders: [order] };
    expect(parseMessage(JSON.stringify({ type: 'SNAPSHOT', seq: 9, data }))).toEqual({
      type: 'account',
      event: { kind: 'snapshot', seq: 9, balanceCents: 489_950, orders: [makeOrder()] },
    });
  });

  test('a snapshot of which a part can’t be read is none', () => {
    const data = { balance: { cents: 1 }, orders: [{ orderId: 'a' }] };
    expect(parseMessage(JSON.stringify({ type: 'SNAPSHOT', seq: 9, data }))).toBeNull();
  });

  test.each([
    ['{"type":"RESUMED","seq":7}', { type: 'resumed', seq: 7 }],
    ['{"type":"PONG","sentAt":1.5,"time":1700000000000.25}', { type: 'pong', sentAt: 1.5, time: 1_700_000_000_000.25 }],
    ['{"type":"PONG"}', { type: 'pong', sentAt: null, time: null }],
    ['{"type":"SUBSCRIBED","symbol":"BTC"}', { type: 'subscribed', symbol: 'BTC' }],
    ['{"type":"ERROR","message":"no"}', { type: 'error' }],
  ])('%s', (text, message) => {
    expect(parseMessage(text)).toEqual(message);
  });

  test('an opened order arrives in cents and raw prices, with the balance after it', () => {
    const data = { ...makeOrder(), margin: 100, openPrice: 64_506.57, balance: { usd: 4_899.5, cents: 489_950 } };
    const message = parseMessage(JSON.stringify({ type: 'ORDER_OPENED', seq: 4, data }));
    expect(message).toMatchObject({ type: 'account', event: { kind: 'opened', seq: 4, balanceCents: 489_950, order: makeOrder() } });
  });

  test.each(['ORDER_CLOSED', 'ORDER_LIQUIDATED'])('%s arrives as a closed order', (type) => {
    const data = { ...makeClosedOrder(), margin: 100, openPrice: 64_506.57, closePrice: 65_138.6067, pnl: 9.79 };
    const message = parseMessage(JSON.stringify({ type, seq: 5, data }));
    expect(message).toMatchObject({ type: 'account', event: { kind: 'closed', seq: 5, balanceCents: null, order: makeClosedOrder() } });
  });

  test('a balance is told in cents', () => {
    const text = JSON.stringify({ type: 'BALANCE', seq: 1, data: { usd: 5_000, cents: 500_000, reason: 'deposit' } });
    expect(parseMessage(text)).toEqual({ type: 'account', event: { kind: 'balance', seq: 1, balanceCents: 500_000 } });
  });

  test.each(['', 'x', 'null', '[]', '{"type":"RESUMED"}', '{"type":"PRICE_UPDATE"}', '{"type":"ORDER_OPENED","seq":1,"data":{}}'])(
    '%j is passed over',
    (text) => {
      expect(parseMessage(text)).toBeNull();
    },
  );
});
