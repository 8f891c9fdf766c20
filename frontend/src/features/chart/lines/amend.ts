import type { ModifyOrderRequest, Order } from '@/lib/api/types';
import { sideWord } from '@/lib/close-reasons';
import {
  PRICE_SCALE,
  closingPriceOf,
  formatPrice,
  mulDiv,
  notionalOfOrder,
  pnlOf,
  priceDecimals,
  priceToDecimal,
} from '@/lib/money';
import type { Level, TriggerKind } from './levels';

/** What moving a trigger to a price would mean. */
export interface Proposal {
  /** From the price at which the position would be closed now; null while there is none. */
  distanceRaw: number | null;
  /** Before the closing fee, as everywhere on the desk; a position loses no more than its margin. */
  pnlCents: number;
  /** Why it can't stand there, in words; null when it can. */
  refusal: string | null;
  /** Worth knowing, though it is allowed. */
  note: string | null;
}

interface Prices {
  bid: number;
  ask: number;
}

/** How far a pointer may be from a line to take hold of it, in pixels. */
export const GRAB_PX = 5;

/** The line under the pointer: the nearest of those that can be moved. */
export function nearestLevel<Placed extends { y: number }>(placed: readonly Placed[], y: number): Placed | null {
  let nearest: Placed | null = null;
  for (const level of placed) {
    const distance = Math.abs(level.y - y);
    if (distance <= GRAB_PX && (nearest === null || distance < Math.abs(nearest.y - y))) nearest = level;
  }
  return nearest;
}

/** The smallest step of an asset's shown price. */
export function priceTick(raw: number): number {
  return priceDecimals(raw) === 2 ? PRICE_SCALE / 100 : 1;
}

/** The largest round step (1, 10, 100 ... of the smallest) that is no more than this much. */
export function roundStep(atMostRaw: number, tick: number): number {
  let step = tick;
  while (step * 10 <= atMostRaw) step *= 10;
  return step;
}

/** A price on the grid of a step, and never below it: a price is positive. */
export function snap(raw: number, step: number): number {
  return Math.max(step, Math.round(raw / step) * step);
}

/** How far an arrow key moves a trigger: some two thousandth of its price. */
export function keyStep(raw: number): number {
  return roundStep(Math.trunc(raw / 2_000), priceTick(raw));
}

/** Where a trigger is put that hasn't been there: half a percent on its side of the market. */
export function suggestedRaw(order: Order, kind: TriggerKind, prices: Prices | null): number {
  const from = prices ? closingPriceOf(order.type, prices) : order.openPrice;
  const isAbove = (kind === 'takeProfit') === (order.type === 'buy');
  const away = mulDiv(from, 5, 1_000);
  return snap(isAbove ? from + away : from - away, keyStep(from));
}

/** Judged by the newest price; the server judges again by its own. */
export function judge(order: Order, kind: TriggerKind, raw: number, prices: Prices | null): Proposal {
  const pnl = pnlOf(order.type, notionalOfOrder(order), order.openPrice, raw);
  const closing = prices ? closingPriceOf(order.type, prices) : null;
  return {
    distanceRaw: closing === null ? null : Math.abs(raw - closing),
    pnlCents: Math.max(-order.margin, pnl),
    refusal: refusalOf(order, kind, raw, closing),
    note: noteOf(order, kind, raw),
  };
}

function refusalOf(order: Order, kind: TriggerKind, raw: number, closing: number | null): string | null {
  if (closing === null) return 'There is no price to compare it with yet';
  const mustBeAbove = (kind === 'takeProfit') === (order.type === 'buy');
  if (mustBeAbove ? raw > closing : raw < closing) return null;
  const price = `the ${order.type === 'buy' ? 'bid' : 'ask'}, ${formatPrice(closing)}`;
  return `A ${sideWord(order.type)}’s ${TRIGGER_WORDS[kind]} must be ${mustBeAbove ? 'above' : 'below'} ${price}`;
}

function noteOf(order: Order, kind: TriggerKind, raw: number): string | null {
  if (kind === 'takeProfit' || order.liquidationPrice === 0) return null;
  const isBeyond = order.type === 'buy' ? raw <= order.liquidationPrice : raw >= order.liquidationPrice;
  return isBeyond ? 'Liquidation comes first' : null;
}

export const TRIGGER_WORDS: Readonly<Record<TriggerKind, string>> = {
  takeProfit: 'take profit',
  stopLoss: 'stop loss',
  trailingStop: 'trailing stop',
};

/** What to send; null when there is nothing to change. A trailing stop follows at the distance it now has. */
export function changeOf({ order, kind, raw }: Pick<Level, 'order' | 'raw'> & { kind: TriggerKind }, prices: Prices): ModifyOrderRequest | null {
  const { orderId } = order;
  if (kind !== 'trailingStop') return order[kind] === raw ? null : { orderId, [kind]: priceToDecimal(raw) };
  const distance = Math.abs(closingPriceOf(order.type, prices) - raw);
  if (distance === order.trailingStopLoss?.trailingDistance) return null;
  return { orderId, trailingStopLoss: { enabled: true, trailingDistance: priceToDecimal(distance) } };
}
