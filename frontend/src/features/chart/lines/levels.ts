import type { Order } from '@/lib/api/types';
import { newestFirst } from '@/lib/portfolio';

/** Those of a position that a trader may move. */
export type TriggerKind = 'takeProfit' | 'stopLoss' | 'trailingStop';
export type LevelKind = 'entry' | 'liquidation' | TriggerKind;

/** A price at which something happened or will happen to an open position. */
export interface Level {
  id: string;
  kind: LevelKind;
  order: Order;
  /** x 10,000. */
  raw: number;
  /** The newest positions' levels say what they are and can be grabbed; the others' are only drawn. */
  isNamed: boolean;
  /** A trigger that isn't as the server has it: being moved, or sent and not answered yet. */
  isProposed: boolean;
}

/** More would hide the candles; the newest positions are the ones being watched. */
const POSITIONS_MAX = 8;
const NAMED_MAX = 3;

/** All levels of the open positions of one asset, the newest position's first. */
export function levelsOf(orders: Readonly<Record<string, Order>>, symbol: string): Level[] {
  return newestFirst(orders)
    .filter((order) => order.asset === symbol)
    .slice(0, POSITIONS_MAX)
    .flatMap((order, index) => levelsOfOrder(order, index < NAMED_MAX));
}

function levelsOfOrder(order: Order, isNamed: boolean): Level[] {
  const prices: [LevelKind, number | null][] = [
    ['entry', order.openPrice],
    ['takeProfit', order.takeProfit],
    ['stopLoss', order.stopLoss],
    ['trailingStop', trailingStopOf(order, toldPeakOf(order))],
    // A long at 1x can't be liquidated: its price is 0. The others' liquidation is in the table.
    ['liquidation', order.liquidationPrice > 0 && isNamed ? order.liquidationPrice : null],
  ];
  return prices.flatMap(([kind, raw]) => (raw === null ? [] : [levelAt(order, kind, raw, { isNamed })]));
}

export function levelAt(
  order: Order,
  kind: LevelKind,
  raw: number,
  { isNamed = true, isProposed = false }: Partial<Pick<Level, 'isNamed' | 'isProposed'>> = {},
): Level {
  return { id: levelId(order.orderId, kind), kind, order, raw, isNamed, isProposed };
}

export function levelId(orderId: string, kind: LevelKind): string {
  return `${orderId}:${kind}`;
}

export function isTrigger(kind: LevelKind): kind is TriggerKind {
  return kind !== 'entry' && kind !== 'liquidation';
}

/** Levels with some triggers elsewhere than the server has them, or where it has none. */
export function withProposals(levels: readonly Level[], proposals: readonly Level[]): Level[] {
  const byId = new Map(levels.map((level) => [level.id, level]));
  for (const proposal of proposals) byId.set(proposal.id, proposal);
  return [...byId.values()];
}

/** Best closing price since the trailing stop was set, as the server told it. */
export function toldPeakOf(order: Order): number | null {
  const trailing = order.trailingStopLoss;
  if (!trailing?.enabled) return null;
  return order.type === 'buy' ? trailing.highestPrice : trailing.lowestPrice;
}

function trailingStopOf(order: Order, peak: number | null): number | null {
  const trailing = order.trailingStopLoss;
  if (!trailing?.enabled) return null;
  if (peak === null) return trailing.stopPrice;
  return order.type === 'buy' ? peak - trailing.trailingDistance : peak + trailing.trailingDistance;
}

/**
 * Where trailing stops stand by now. The server tells a peak only with the order's events, not with each price, so
 * the page follows the closing prices it has seen since. For the eye alone: the server fires.
 */
export class TrailingPeaks {
  private readonly peaks = new Map<string, { told: string; peak: number }>();

  /** The stop after this closing price; null for an order without a trailing stop, or while nothing is known. */
  stopOf(order: Order, closingRaw: number | null): number | null {
    const told = toldPeakOf(order);
    const start = told ?? closingRaw;
    if (start === null || !order.trailingStopLoss?.enabled) return trailingStopOf(order, told);
    // Set anew, or told again: what was seen before counts for nothing.
    const name = `${order.trailingStopLoss.trailingDistance} ${told ?? ''}`;
    const known = this.peaks.get(order.orderId);
    const before = known?.told === name ? known.peak : start;
    const peak = closingRaw === null ? before : betterOf(order, before, closingRaw);
    this.peaks.set(order.orderId, { told: name, peak });
    return trailingStopOf(order, peak);
  }

  keepOnly(orderIds: ReadonlySet<string>): void {
    for (const id of this.peaks.keys()) {
      if (!orderIds.has(id)) this.peaks.delete(id);
    }
  }
}

function betterOf(order: Order, a: number, b: number): number {
  return order.type === 'buy' ? Math.max(a, b) : Math.min(a, b);
}
