import type { ColorToken } from '@/features/chart/chart-colors';
import {
  type Calculation,
  bollingerBands,
  convergence,
  exponentialAverage,
  relativeStrength,
  sessionAverage,
  simpleAverage,
} from './calculations';
import type { IndicatorChoice } from './choice';

export interface IndicatorLine {
  /** In the legend, where the indicator's own name doesn't say it. */
  name?: string;
  color: ColorToken;
  /** Bars stand on zero, in the colours of volume. */
  isBars?: boolean;
  isDashed?: boolean;
}

/** An indicator with its settings, ready to be drawn. */
export interface IndicatorSpec {
  id: string;
  label: string;
  /** Among the candles, or under them in a pane of its own. */
  pane: 'price' | 'own';
  lines: readonly IndicatorLine[];
  /** Levels to compare with. */
  guides?: readonly number[];
  decimals?: number;
  /** It may be far from the candles, which shouldn't be squeezed for it. */
  isFarOff?: boolean;
  begin: () => Calculation;
}

const SMA_COLORS: readonly ColorToken[] = ['ma-1', 'ma-3', 'ma-5'];
const EMA_COLORS: readonly ColorToken[] = ['ma-2', 'ma-4', 'ma-6'];
const DAY_S = 86_400;

/** A session is a day: candles of a day and longer have nothing to average in it. */
export function hasSessions(intervalSeconds: number): boolean {
  return intervalSeconds < DAY_S;
}

/** What is to be drawn for a choice, the candles' own first. */
export function specsOf(choice: IndicatorChoice, intervalSeconds: number): IndicatorSpec[] {
  const specs: IndicatorSpec[] = [];
  if (choice.sma.isShown) specs.push(...averages('SMA', choice.sma.periods, SMA_COLORS, simpleAverage));
  if (choice.ema.isShown) specs.push(...averages('EMA', choice.ema.periods, EMA_COLORS, exponentialAverage));
  if (choice.bollinger.isShown) specs.push(bollinger(choice.bollinger));
  if (choice.vwap.isShown && hasSessions(intervalSeconds)) {
    specs.push({ id: 'vwap', label: 'VWAP', pane: 'price', lines: [{ color: 'vwap' }], isFarOff: true, begin: sessionAverage });
  }
  if (choice.rsi.isShown) specs.push(strength(choice.rsi));
  if (choice.macd.isShown) specs.push(macd(choice.macd));
  return specs;
}

function averages(
  name: string,
  periods: readonly number[],
  colors: readonly ColorToken[],
  calculation: (period: number) => Calculation,
): IndicatorSpec[] {
  return periods.map((period, index) => ({
    id: `${name.toLowerCase()}-${period}`,
    label: `${name} ${period}`,
    pane: 'price',
    lines: [{ color: colors[index] ?? 'ma-1' }],
    begin: () => calculation(period),
  }));
}

function bollinger({ period, deviations }: IndicatorChoice['bollinger']): IndicatorSpec {
  return {
    id: `bollinger-${period}-${deviations}`,
    label: `BB ${period} ${deviations}`,
    pane: 'price',
    lines: [{ color: 'band' }, { color: 'band', isDashed: true }, { color: 'band' }],
    begin: () => bollingerBands(period, deviations),
  };
}

function strength({ period }: IndicatorChoice['rsi']): IndicatorSpec {
  return {
    id: `rsi-${period}`,
    label: `RSI ${period}`,
    pane: 'own',
    lines: [{ color: 'ma-3' }],
    guides: [30, 70],
    decimals: 1,
    begin: () => relativeStrength(period),
  };
}

function macd({ fast, slow, signal }: IndicatorChoice['macd']): IndicatorSpec {
  return {
    id: `macd-${fast}-${slow}-${signal}`,
    label: `MACD ${fast} ${slow} ${signal}`,
    pane: 'own',
    lines: [{ color: 'ma-1' }, { color: 'ma-2', name: 'Signal' }, { color: 'ink-muted', name: 'Difference', isBars: true }],
    begin: () => convergence(fast, slow, signal),
  };
}
