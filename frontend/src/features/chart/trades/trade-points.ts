import type { ClosedOrder, Order, Side } from '@/lib/api/types';
import { closeReasonWords, sideWord } from '@/lib/close-reasons';
import { formatPrice, formatSignedUsd } from '@/lib/money';
import type { Candle } from '@/features/chart/candles';

/** That a position was opened or closed, at the candle in which it was. */
export interface TradePoint {
  id: string;
  kind: 'opened' | 'closed';
  side: Side;
  /** The candle's time, in seconds. */
  time: number;
  /** Of a closing, cents. */
  pnlCents: number | null;
  words: string;
}

/** A position opens at a price that is at most so old: then the newest candle is the one in which it did. */
const PRICE_AGE_S = 15;

/**
 * Where the candles at hand show the openings and closings of one asset's positions. What was before the oldest
 * candle appears with it; what no candle covers (a recording's days aren't those of the trades) doesn't at all.
 */
export function tradePoints(
  open: readonly Order[],
  closed: readonly ClosedOrder[],
  candles: readonly Candle[],
  intervalSeconds: number,
): TradePoint[] {
  const timeOf = (ms: number) => candleTimeAt(candles, ms / 1_000, intervalSeconds);
  const points: TradePoint[] = [];
  const opened = new Set<string>();
  for (const order of [...open, ...closed]) {
    const time = timeOf(order.openTimestamp);
    // Parts of a position that were closed one by one were opened once.
    const name = `${order.type} ${order.openTimestamp} ${order.openPrice}`;
    if (time === null || opened.has(name)) continue;
    opened.add(name);
    points.push({ id: `${order.orderId}:opened`, kind: 'opened', side: order.type, time, pnlCents: null, words: openedWords(order) });
  }
  for (const order of closed) {
    const time = timeOf(order.closeTimestamp);
    if (time === null) continue;
    points.push({ id: `${order.orderId}:closed`, kind: 'closed', side: order.type, time, pnlCents: order.pnl, words: closedWords(order) });
  }
  return points.sort((a, b) => a.time - b.time);
}

/** The time of the candle that covers a moment, or after which nothing was traded until then. */
export function candleTimeAt(candles: readonly Candle[], seconds: number, intervalSeconds: number): number | null {
  const candle = candles[lastAtOrBefore(candles, seconds)];
  if (!candle) return null;
  const isNewest = candle === candles.at(-1);
  return isNewest && seconds >= candle.time + intervalSeconds + PRICE_AGE_S ? null : candle.time;
}

/** The place of the newest candle that opened by then; -1 when all did later. */
export function lastAtOrBefore(candles: readonly Candle[], seconds: number): number {
  let from = 0;
  let to = candles.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((candles[middle]?.time ?? Infinity) <= seconds) from = middle + 1;
    else to = middle;
  }
  return from - 1;
}

function openedWords(order: Order): string {
  return `Opened ${sideWord(order.type)} ${order.leverage}x at ${formatPrice(order.openPrice)}`;
}

function closedWords(order: ClosedOrder): string {
  const side = sideWord(order.type);
  return `${closeReasonWords(order.closeReason)}: ${side} at ${formatPrice(order.closePrice)}, ${formatSignedUsd(order.pnl)}`;
}
