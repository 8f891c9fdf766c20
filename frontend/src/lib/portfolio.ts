import type { Order } from './api/types';
import { closingPriceOf, mulDiv, notionalOfOrder, pnlOf } from './money';
import type { Quote } from './stores/prices';

type Quotes = Readonly<Record<string, Quote>>;
type Orders = Readonly<Record<string, Order>>;

/** PnL in cents if the position were closed now, before the closing fee. Null until its asset has a price. */
export function livePnlOf(order: Order, quote: Quote | null | undefined): number | null {
  if (!quote) return null;
  return pnlOf(order.type, notionalOfOrder(order), order.openPrice, closingPriceOf(order.type, quote));
}

/** Over all positions. Null while any of them can't be valued: a partial sum would look like the whole. */
export function totalLivePnl(orders: Orders, quotes: Quotes): number | null {
  let total = 0;
  for (const order of Object.values(orders)) {
    const pnl = livePnlOf(order, quotes[order.asset]);
    if (pnl === null) return null;
    total += pnl;
  }
  return total;
}

export function marginInUse(orders: Orders): number {
  return Object.values(orders).reduce((sum, order) => sum + order.margin, 0);
}

/** Newest first, the order both tables share. */
export function newestFirst(orders: Orders): Order[] {
  return Object.values(orders).sort((a, b) => b.openTimestamp - a.openTimestamp || (a.orderId < b.orderId ? 1 : -1));
}

/** Equity in percent of the margin in use, as brokers tell how near a stop-out is. Null while nothing is at risk. */
export function marginLevelOf(equityCents: number, marginCents: number): number | null {
  return marginCents === 0 ? null : Math.max(0, mulDiv(equityCents, 100, marginCents));
}
