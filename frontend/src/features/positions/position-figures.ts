import type { Order } from '@/lib/api/types';
import { feeOf, liquidationPriceOf, mulDiv, notionalOfOrder, pnlOf } from '@/lib/money';

/** What the server would do at a price, for a look before the deed. Cents. */
export interface ClosingEstimate {
  margin: number;
  pnl: number;
  fee: number;
  /** What comes back to the balance: never less than nothing. */
  credit: number;
}

/** Closing so many percent (100: all of it) at a raw price: the parts that rounding leaves stay with the rest. */
export function estimateClosing(order: Order, closingRaw: number, feeBps: number, percentage = 100): ClosingEstimate {
  const margin = mulDiv(order.margin, percentage, 100);
  const notional = mulDiv(notionalOfOrder(order), percentage, 100);
  // A position never costs more than its margin.
  const pnl = Math.max(-margin, pnlOf(order.type, notional, order.openPrice, closingRaw));
  const fee = Math.min(feeOf(margin, feeBps), margin + pnl);
  return { margin, pnl, fee, credit: margin + pnl - fee };
}

/** The liquidation price of what a partial close leaves. */
export function liquidationAfterClosing(order: Order, percentage: number, stopOutPercent: number): number {
  const margin = order.margin - mulDiv(order.margin, percentage, 100);
  const notional = notionalOfOrder(order) - mulDiv(notionalOfOrder(order), percentage, 100);
  return liquidationPriceOf(order.type, order.openPrice, margin, notional, stopOutPercent);
}

export interface MarginEstimate {
  fee: number;
  cost: number;
  liquidationRaw: number;
  /** Hundredths of leverage, rounded: 667 is 6.67x. */
  leverageHundredths: number;
}

/** Adding margin: the size stays, so the liquidation price moves away. */
export function estimateAddedMargin(order: Order, cents: number, feeBps: number, stopOutPercent: number): MarginEstimate {
  const notional = notionalOfOrder(order);
  const margin = order.margin + cents;
  const fee = feeOf(cents, feeBps);
  const liquidationRaw = Math.max(0, liquidationPriceOf(order.type, order.openPrice, margin, notional, stopOutPercent));
  return { fee, cost: cents + fee, liquidationRaw, leverageHundredths: mulDiv(notional * 200 + margin, 1, margin * 2) };
}

/** What is left of the margin, in percent of it: 100 at the entry, 0 at liquidation without a stop-out level. */
export function marginLevelPercent(order: Order, pnlCents: number): number {
  return Math.max(0, mulDiv(order.margin + pnlCents, 100, order.margin));
}

/** How far the price must go to reach another, in hundredths of a percent of itself; never negative. */
export function distanceHundredths(fromRaw: number, toRaw: number): number {
  return mulDiv(Math.abs(fromRaw - toRaw), 10_000, fromRaw);
}
