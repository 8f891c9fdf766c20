import { SYMBOLS } from '@/lib/stores/selection';

export const PERIODS = { '7d': '7 days', '30d': '30 days', '90d': '90 days', all: 'All' } as const;

export type Period = keyof typeof PERIODS;

/** What the figures are of: a time, and one asset or all. */
export interface Scope {
  period: Period;
  asset: string;
}

export const WHOLE: Scope = { period: 'all', asset: 'any' };

const DAY_MS = 86_400_000;
const DAYS: Partial<Record<Period, number>> = { '7d': 7, '30d': 30, '90d': 90 };

/** Where the period begins, in ms: at midnight UTC, as the days of the figures do. Null: with the account. */
export function rangeStart(period: Period, now: number): number | null {
  const days = DAYS[period];
  return days === undefined ? null : (Math.floor(now / DAY_MS) - days + 1) * DAY_MS;
}

export function parseScope(stored: unknown): Scope | null {
  if (typeof stored !== 'object' || stored === null) return null;
  const { period, asset } = stored as Record<string, unknown>;
  return {
    period: (Object.keys(PERIODS) as Period[]).find((one) => one === period) ?? WHOLE.period,
    asset: SYMBOLS.find((one) => one === asset) ?? WHOLE.asset,
  };
}
