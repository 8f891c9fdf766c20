import type { Order } from '@/lib/api/types';
import { PRICE_SCALE } from '@/lib/money';
import { newestFirst } from '@/lib/portfolio';

export type LineKind = 'long' | 'short' | 'takeProfit' | 'stopLoss' | 'liquidation';

export interface PositionLine {
  id: string;
  kind: LineKind;
  title: string;
  /** USD. */
  price: number;
}

/** More would hide the candles; the newest positions are the ones being watched. */
const POSITIONS_MAX = 8;

/** The levels at which something happened or will happen to the open positions of one asset. */
export function positionLines(orders: Readonly<Record<string, Order>>, symbol: string): PositionLine[] {
  return newestFirst(orders)
    .filter((order) => order.asset === symbol)
    .slice(0, POSITIONS_MAX)
    .flatMap(linesOf);
}

function linesOf(order: Order): PositionLine[] {
  const entry = order.type === 'buy' ? 'long' : 'short';
  const levels: [LineKind, string, number | null][] = [
    [entry, `${entry === 'long' ? 'Long' : 'Short'} ${order.leverage}x`, order.openPrice],
    ['takeProfit', 'TP', order.takeProfit],
    ['stopLoss', 'SL', order.stopLoss],
    ['liquidation', 'Liq', order.liquidationPrice],
  ];
  return levels.flatMap(([kind, title, raw]) =>
    raw === null || raw === 0 ? [] : [{ id: `${order.orderId}:${kind}`, kind, title, price: raw / PRICE_SCALE }],
  );
}
