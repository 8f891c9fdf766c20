/** Which indicators are drawn, and with what settings: what the trader chose, as it is kept. */
export interface IndicatorChoice {
  sma: { isShown: boolean; periods: readonly number[] };
  ema: { isShown: boolean; periods: readonly number[] };
  bollinger: { isShown: boolean; period: number; deviations: number };
  vwap: { isShown: boolean };
  rsi: { isShown: boolean; period: number };
  macd: { isShown: boolean; fast: number; slow: number; signal: number };
}

export type IndicatorKind = keyof IndicatorChoice;

export const DEFAULT_INDICATORS: IndicatorChoice = {
  sma: { isShown: true, periods: [20] },
  ema: { isShown: true, periods: [50] },
  bollinger: { isShown: false, period: 20, deviations: 2 },
  vwap: { isShown: false },
  rsi: { isShown: false, period: 14 },
  macd: { isShown: false, fast: 12, slow: 26, signal: 9 },
};

export const PERIOD_MIN = 2;
export const PERIOD_MAX = 500;
/** Of each kind of moving average: more lines than colours that can be told apart would help nobody. */
export const AVERAGES_MAX = 3;
export const DEVIATIONS_MIN = 1;
export const DEVIATIONS_MAX = 5;

/** "9, 21" as periods, each once and in the order typed; null when it isn't one to three whole numbers in range. */
export function parsePeriods(text: string): number[] | null {
  const parts = text.split(/[\s,;]+/).filter((part) => part !== '');
  const periods = [...new Set(parts.map(Number))];
  return areAverages(periods) ? periods : null;
}

/** What can't be used of the kept choice is as at the beginning. */
export function parseIndicators(stored: unknown): IndicatorChoice {
  const kept = fieldsOf(stored);
  const of = (kind: IndicatorKind) => fieldsOf(kept[kind]);
  const initial = DEFAULT_INDICATORS;
  const averages = (kind: 'sma' | 'ema') => {
    const { periods } = of(kind);
    return { isShown: flag(of(kind), initial[kind]), periods: areAverages(periods) ? periods : initial[kind].periods };
  };
  const period = (value: unknown, fallback: number) => (isPeriod(value) ? value : fallback);
  const { deviations } = of('bollinger');
  const isDeviations = typeof deviations === 'number' && deviations >= DEVIATIONS_MIN && deviations <= DEVIATIONS_MAX;
  const macd = {
    fast: period(of('macd').fast, initial.macd.fast),
    slow: period(of('macd').slow, initial.macd.slow),
    signal: period(of('macd').signal, initial.macd.signal),
  };
  return {
    sma: averages('sma'),
    ema: averages('ema'),
    bollinger: {
      isShown: flag(of('bollinger'), initial.bollinger),
      period: period(of('bollinger').period, initial.bollinger.period),
      deviations: isDeviations ? deviations : initial.bollinger.deviations,
    },
    vwap: { isShown: flag(of('vwap'), initial.vwap) },
    rsi: { isShown: flag(of('rsi'), initial.rsi), period: period(of('rsi').period, initial.rsi.period) },
    macd: { ...(macd.fast < macd.slow ? macd : initial.macd), isShown: flag(of('macd'), initial.macd) },
  };
}

export function isPeriod(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= PERIOD_MIN && (value as number) <= PERIOD_MAX;
}

function areAverages(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.length <= AVERAGES_MAX && value.every(isPeriod);
}

function flag(kept: Record<string, unknown>, initial: { isShown: boolean }): boolean {
  return typeof kept.isShown === 'boolean' ? kept.isShown : initial.isShown;
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
