import { createStore, useStore } from 'zustand';
import { readRemembered, remember } from '@/lib/remembered';
import { DEFAULT_INDICATORS, type IndicatorChoice, type IndicatorKind, parseIndicators } from './indicators/choice';

const KEY = 'chart';

/** What the chart shows besides candles. */
interface ChartChoice {
  indicators: IndicatorChoice;
  /** Lines at bid and ask. */
  quotes: boolean;
  /** Where positions were opened and closed. */
  trades: boolean;
  volume: boolean;
}

export type ChartLayer = 'quotes' | 'trades' | 'volume';

interface ChartChoiceState extends ChartChoice {
  show: (layer: ChartLayer, isShown: boolean) => void;
  setIndicator: <Kind extends IndicatorKind>(kind: Kind, settings: Partial<IndicatorChoice[Kind]>) => void;
  resetIndicators: () => void;
}

const INITIAL: ChartChoice = { indicators: DEFAULT_INDICATORS, quotes: true, trades: true, volume: true };

/** Kept for the next visit. */
export const chartChoiceStore = createStore<ChartChoiceState>()((set, get) => {
  const choose = (chosen: Partial<ChartChoice>) => {
    set(chosen);
    const { indicators, quotes, trades, volume } = get();
    remember(KEY, { indicators, quotes, trades, volume });
  };
  return {
    ...readRemembered(KEY, parseChoice, INITIAL),
    show: (layer, isShown) => choose({ [layer]: isShown }),
    setIndicator: (kind, settings) => {
      const { indicators } = get();
      choose({ indicators: { ...indicators, [kind]: { ...indicators[kind], ...settings } } });
    },
    resetIndicators: () => choose({ indicators: DEFAULT_INDICATORS }),
  };
});

export function useChartChoice<T>(selector: (state: ChartChoiceState) => T): T {
  return useStore(chartChoiceStore, selector);
}

/** What can't be used of what was kept is as at the beginning. */
export function parseChoice(stored: unknown): ChartChoice | null {
  if (typeof stored !== 'object' || stored === null) return null;
  const kept = stored as Partial<Record<keyof ChartChoice, unknown>>;
  const flag = (layer: ChartLayer) => (typeof kept[layer] === 'boolean' ? kept[layer] : INITIAL[layer]);
  return {
    indicators: parseIndicators(kept.indicators),
    quotes: flag('quotes'),
    trades: flag('trades'),
    volume: flag('volume'),
  };
}
