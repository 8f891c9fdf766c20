import type { Order } from './api/types';
import { closingPriceOf } from './money';
import { accountStore } from './stores/account';
import { type Quote, priceStore } from './stores/prices';

interface Followed {
  /** What the server said of the trailing stop: another distance or peak of its own begins anew. */
  told: Order['trailingStopLoss'];
  peak: number;
}

/** By order. The server tells a peak only with the order's events; between them the page follows the same prices. */
const followed = new Map<string, Followed>();

/** Follows the prices of all positions with a trailing stop until called off. For display: the server's stop decides. */
export function followTrailingStops(): () => void {
  const unsubscribe = priceStore.subscribe(({ quotes }, before) => {
    if (quotes !== before.quotes) followPrices(accountStore.getState().orders, quotes, before.quotes);
  });
  return () => {
    unsubscribe();
    followed.clear();
  };
}

function followPrices(
  orders: Readonly<Record<string, Order>>,
  quotes: Readonly<Record<string, Quote>>,
  before: Readonly<Record<string, Quote>>,
): void {
  for (const order of Object.values(orders)) {
    const quote = quotes[order.asset];
    if (!order.trailingStopLoss || !quote || quote.stale || quote === before[order.asset]) continue;
    const peak = peakOf(order);
    const price = closingPriceOf(order.type, quote);
    followed.set(order.orderId, { told: order.trailingStopLoss, peak: peak === null ? price : better(order, peak, price) });
  }
  for (const orderId of followed.keys()) {
    if (!orders[orderId]?.trailingStopLoss) followed.delete(orderId);
  }
}

/** The price at which the trailing stop would fire, raw. Null without one, or before its first price. */
export function trailingStopOf(order: Order): number | null {
  const peak = peakOf(order);
  if (!order.trailingStopLoss || peak === null) return null;
  const { trailingDistance } = order.trailingStopLoss;
  return order.type === 'buy' ? peak - trailingDistance : peak + trailingDistance;
}

function peakOf(order: Order): number | null {
  const { trailingStopLoss } = order;
  if (!trailingStopLoss) return null;
  const told = order.type === 'buy' ? trailingStopLoss.highestPrice : trailingStopLoss.lowestPrice;
  const known = followed.get(order.orderId);
  const isSame = known?.told?.trailingDistance === trailingStopLoss.trailingDistance;
  if (!known || !isSame) return told;
  return told === null ? known.peak : better(order, told, known.peak);
}

function better(order: Order, one: number, other: number): number {
  return order.type === 'buy' ? Math.max(one, other) : Math.min(one, other);
}
