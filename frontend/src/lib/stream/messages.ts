import type { ClosedOrder, Order, PriceSource } from '@/lib/api/types';
import type { PriceTimes } from '@/lib/latency/watch';
import { usdToCents, usdToPrice } from '@/lib/money';
import type { AccountEvent } from '@/lib/stores/account';
import type { PriceUpdate } from '@/lib/stores/prices';

/** What the page acts on. Order messages are already in the page's units: cents and raw prices. */
export type StreamMessage =
  /** times: null from servers that don't tell. */
  | { type: 'price'; price: PriceUpdate; times: PriceTimes | null }
  /** The next price of this asset is the newest known, however old. */
  | { type: 'subscribed'; symbol: string }
  | { type: 'account'; event: AccountEvent }
  | { type: 'authenticated' }
  | { type: 'unauthenticated'; message: string }
  /** All that was missed has been told, up to this number. */
  | { type: 'resumed'; seq: number }
  /** sentAt: the ping's; time: the server's, ms since the epoch. Null from servers that don't tell. */
  | { type: 'pong'; sentAt: number | null; time: number | null }
  | { type: 'error' };

type Json = Record<string, unknown>;

/** Null for what isn't ours to act on (types newer than this page) and for what isn't well formed. */
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
    case 'SNAPSHOT':
      return parseSnapshot(message.seq, message.data);
    case 'RESUMED':
      return isNumber(message.seq) ? { type: 'resumed', seq: message.seq } : null;
    case 'SUBSCRIBED':
      return typeof message.symbol === 'string' ? { type: 'subscribed', symbol: message.symbol } : null;
    case 'AUTHENTICATED':
      return { type: 'authenticated' };
    case 'UNAUTHENTICATED':
      return { type: 'unauthenticated', message: typeof message.message === 'string' ? message.message : '' };
    case 'PONG':
      return { type: 'pong', sentAt: numberOrNull(message.sentAt), time: numberOrNull(message.time) };
    case 'ERROR':
      return { type: 'error' };
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
  return { type: 'price', price, times: parseTimes(data) };
}

function parseTimes({ eventTime, receivedTime, source }: Json): PriceTimes | null {
  if (!isNumber(receivedTime)) return null;
  // A recording's trades were made long ago, a simulation's nowhere: they were on no way from an exchange.
  const isLive = source !== 'replay' && source !== 'simulated';
  return { madeAt: isLive ? numberOrNull(eventTime) : null, receivedAt: receivedTime };
}

function parseAccountEvent(type: string, seq: unknown, data: unknown): StreamMessage | null {
  if (!isNumber(seq) || !isObject(data)) return null;
  if (type === 'BALANCE') {
    if (!isNumber(data.cents)) return null;
    return { type: 'account', event: { kind: 'balance', seq, balanceCents: data.cents } };
  }
  const order = parseOrder(data);
  if (!order) return null;
  const balanceCents = parseBalance(data.balance);
  if (type === 'ORDER_OPENED') return { type: 'account', event: { kind: 'opened', seq, balanceCents, order } };
  if (type === 'ORDER_UPDATED') return { type: 'account', event: { kind: 'updated', seq, balanceCents, order } };

  if (!isNumber(data.closePrice) || !isNumber(data.pnl)) return null;
  const closed = { ...order, closePrice: usdToPrice(data.closePrice), pnl: usdToCents(data.pnl) } as ClosedOrder;
  return { type: 'account', event: { kind: 'closed', seq, balanceCents, order: closed } };
}

/** All or nothing: an account with a position left out would look whole. */
function parseSnapshot(seq: unknown, data: unknown): StreamMessage | null {
  if (!isNumber(seq) || !isObject(data) || !Array.isArray(data.orders)) return null;
  const balanceCents = parseBalance(data.balance);
  const orders = data.orders.map((order: unknown) => (isObject(order) ? parseOrder(order) : null));
  if (balanceCents === null || !orders.every((order) => order !== null)) return null;
  return { type: 'account', event: { kind: 'snapshot', seq, balanceCents, orders } };
}

function parseOrder(data: Json): Order | null {
  if (typeof data.orderId !== 'string' || !isNumber(data.margin) || !isNumber(data.openPrice)) return null;
  return { ...data, margin: usdToCents(data.margin), openPrice: usdToPrice(data.openPrice) } as unknown as Order;
}

function parseBalance(balance: unknown): number | null {
  return isObject(balance) ? numberOrNull(balance.cents) : null;
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

function numberOrNull(value: unknown): number | null {
  return isNumber(value) ? value : null;
}

function isSource(value: unknown): value is PriceSource {
  return value === 'binance' || value === 'replay' || value === 'simulated';
}
