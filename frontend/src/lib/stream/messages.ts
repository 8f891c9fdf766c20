import type { ClosedOrder, Order, PriceSource } from '@/lib/api/types';
import { usdToCents, usdToPrice } from '@/lib/money';
import type { AccountEvent } from '@/lib/stores/account';
import type { PriceUpdate } from '@/lib/stores/prices';

/** What the page acts on. Order messages are already in the page's units: cents and raw prices. */
export type StreamMessage =
  | { type: 'price'; price: PriceUpdate }
  | { type: 'account'; event: AccountEvent }
  | { type: 'authenticated' }
  | { type: 'unauthenticated'; message: string }
  | { type: 'pong' };

type Json = Record<string, unknown>;

/** Null for what isn't ours to act on (SUBSCRIBED, types newer than this page) and for what isn't well formed. */
export function parseMessage(text: string): StreamMessage | null {
  const message = parseObject(text);
  if (!message) return null;
  switch (message.type) {
    case 'PRICE_UPDATE':
      return parsePrice(message.data);
    case 'ORDER_OPENED':
    case 'ORDER_UPDATED':
    case 'ORDER_CLOSED':
    case 'ORDER_LIQUIDATED':
    case 'BALANCE':
      return parseAccountEvent(message.type, message.seq, message.data);
    case 'AUTHENTICATED':
      return { type: 'authenticated' };
    case 'UNAUTHENTICATED':
      return { type: 'unauthenticated', message: typeof message.message === 'string' ? message.message : '' };
    case 'PONG':
      return { type: 'pong' };
    default:
      return null;
  }
}

function parsePrice(data: unknown): StreamMessage | null {
  if (!isObject(data)) return null;
  const { symbol, bidPrice, askPrice, lastPrice, time, source } = data;
  if (typeof symbol !== 'string' || !isNumber(bidPrice) || !isNumber(askPrice) || !isNumber(time)) return null;
  const price: PriceUpdate = {
    symbol,
    bid: bidPrice,
    ask: askPrice,
    last: isNumber(lastPrice) ? lastPrice : null,
    time,
    source: isSource(source) ? source : null,
  };
  return { type: 'price', price };
}

function parseAccountEvent(type: string, seq: unknown, data: unknown): StreamMessage | null {
  if (!isNumber(seq) || !isObject(data)) return null;
  if (type === 'BALANCE') {
    if (!isNumber(data.cents)) return null;
    return { type: 'account', event: { kind: 'balance', seq, balanceCents: data.cents } };
  }
  if (typeof data.orderId !== 'string' || !isNumber(data.margin) || !isNumber(data.openPrice)) return null;
  const balanceCents = isObject(data.balance) && isNumber(data.balance.cents) ? data.balance.cents : null;
  const order = { ...data, margin: usdToCents(data.margin), openPrice: usdToPrice(data.openPrice) } as unknown as Order;
  if (type === 'ORDER_OPENED') return { type: 'account', event: { kind: 'opened', seq, balanceCents, order } };
  if (type === 'ORDER_UPDATED') return { type: 'account', event: { kind: 'updated', seq, balanceCents, order } };

  if (!isNumber(data.closePrice) || !isNumber(data.pnl)) return null;
  const closed = { ...order, closePrice: usdToPrice(data.closePrice), pnl: usdToCents(data.pnl) } as ClosedOrder;
  return { type: 'account', event: { kind: 'closed', seq, balanceCents, order: closed } };
}

function parseObject(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isSource(value: unknown): value is PriceSource {
  return value === 'binance' || value === 'replay' || value === 'simulated';
}
