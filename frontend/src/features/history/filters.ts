import type { ClosedOrder, CloseReason, Side } from '@/lib/api/types';

export const PERIODS = ['all', 'today', '7d', '30d', '90d', 'custom'] as const;
export const REASON_GROUPS = {
  any: [],
  triggers: ['take_profit', 'stop_loss', 'trailing_stop', 'liquidation'],
  by_you: ['manual', 'partial_close'],
  take_profit: ['take_profit'],
  stop_loss: ['stop_loss'],
  trailing_stop: ['trailing_stop'],
  liquidation: ['liquidation'],
  manual: ['manual'],
  partial_close: ['partial_close'],
} as const satisfies Record<string, readonly CloseReason[]>;

export type Period = (typeof PERIODS)[number];
export type ReasonGroup = keyof typeof REASON_GROUPS;
export type Outcome = 'won' | 'lost';

/** What the history is narrowed to; 'any' and 'all' narrow nothing. */
export interface Filters {
  asset: string;
  side: Side | 'any';
  outcome: Outcome | 'any';
  reason: ReasonGroup;
  period: Period;
  /** Days of UTC, YYYY-MM-DD, both included; '' is open. Only of the period 'custom'. */
  from: string;
  to: string;
}

export const NO_FILTERS: Filters = {
  asset: 'any',
  side: 'any',
  outcome: 'any',
  reason: 'any',
  period: 'all',
  from: '',
  to: '',
};

const DAY_MS = 86_400_000;
const PERIOD_DAYS: Partial<Record<Period, number>> = { '7d': 7, '30d': 30, '90d': 90 };
const DAY = /^\d{4}-\d\d-\d\d$/;

/** What was kept, where it is whole; what this page doesn't know narrows nothing. */
export function parseFilters(stored: unknown): Filters | null {
  if (typeof stored !== 'object' || stored === null) return null;
  const kept = stored as Record<string, unknown>;
  const oneOf = <Value extends string>(value: unknown, known: readonly Value[], fallback: Value): Value =>
    known.find((one) => one === value) ?? fallback;
  const day = (value: unknown) => (typeof value === 'string' && DAY.test(value) ? value : '');
  return {
    asset: typeof kept.asset === 'string' && /^[A-Z0-9]{2,10}$/.test(kept.asset) ? kept.asset : 'any',
    side: oneOf(kept.side, ['any', 'buy', 'sell'] as const, 'any'),
    outcome: oneOf(kept.outcome, ['any', 'won', 'lost'] as const, 'any'),
    reason: oneOf(kept.reason, Object.keys(REASON_GROUPS) as ReasonGroup[], 'any'),
    period: oneOf(kept.period, PERIODS, 'all'),
    from: day(kept.from),
    to: day(kept.to),
  };
}

export function isFiltered(filters: Filters): boolean {
  return (Object.keys(NO_FILTERS) as (keyof Filters)[]).some(
    (name) => name !== 'from' && name !== 'to' && filters[name] !== NO_FILTERS[name],
  );
}

/** The period in ms, both ends inclusive; null is open. A preset reaches back from the day of `now`, in UTC. */
export function rangeOf(filters: Filters, now: number): { from: number | null; to: number | null } {
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  if (filters.period === 'all') return { from: null, to: null };
  if (filters.period === 'today') return { from: today, to: null };
  if (filters.period === 'custom') {
    const to = dayStart(filters.to);
    return { from: dayStart(filters.from), to: to === null ? null : to + DAY_MS - 1 };
  }
  return { from: today - ((PERIOD_DAYS[filters.period] ?? 1) - 1) * DAY_MS, to: null };
}

function dayStart(day: string): number | null {
  const time = DAY.test(day) ? Date.parse(`${day}T00:00:00Z`) : NaN;
  return Number.isNaN(time) || time < 0 ? null : time;
}

/** As the API is asked. */
export function queryOf(filters: Filters, now: number): Record<string, string | number | null> {
  const { from, to } = rangeOf(filters, now);
  return {
    asset: filters.asset === 'any' ? null : filters.asset,
    type: filters.side === 'any' ? null : filters.side,
    outcome: filters.outcome === 'any' ? null : filters.outcome,
    reason: filters.reason === 'any' ? null : REASON_GROUPS[filters.reason].join(','),
    from,
    to,
  };
}

/**
 * Whether an order that a message told of belongs to what is shown. Its result is the database's to tell, so where
 * results count it comes with the next fetch.
 */
export function matches(order: ClosedOrder, filters: Filters, now: number): boolean {
  const { from, to } = rangeOf(filters, now);
  const reasons: readonly CloseReason[] = REASON_GROUPS[filters.reason];
  return (
    (filters.asset === 'any' || order.asset === filters.asset) &&
    (filters.side === 'any' || order.type === filters.side) &&
    (filters.outcome === 'any' || wentAs(order, filters.outcome)) &&
    (reasons.length === 0 || reasons.includes(order.closeReason)) &&
    (from === null || order.closeTimestamp >= from) &&
    (to === null || order.closeTimestamp <= to)
  );
}

function wentAs(order: ClosedOrder, outcome: Outcome): boolean {
  if (order.netPnl === undefined) return false;
  return outcome === 'won' ? order.netPnl > 0 : order.netPnl < 0;
}
