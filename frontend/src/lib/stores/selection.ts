import { createStore, useStore } from 'zustand';
import type { Interval } from '@/lib/api/types';
import { readRemembered, remember } from '@/lib/remembered';

/** The assets of the desk; what can be asked about each comes from GET /asset/. */
export const SYMBOLS = ['BTC', 'ETH', 'SOL'] as const;

/** The candle intervals of the desk, shortest first. */
export const INTERVALS = ['1m', '5m', '15m', '1h', '4h', '1d', '1w'] as const satisfies readonly Interval[];

const KEY = 'selection';

interface Selected {
  symbol: string;
  interval: Interval;
}

interface SelectionState extends Selected {
  select: (symbol: string) => void;
  selectInterval: (interval: Interval) => void;
}

/** Which asset the chart and the order panel show, and in what candles; kept for the next visit. */
export const selectionStore = createStore<SelectionState>()((set, get) => {
  const choose = (chosen: Partial<Selected>) => {
    set(chosen);
    const { symbol, interval } = get();
    remember(KEY, { symbol, interval });
  };
  return {
    ...readRemembered(KEY, parseSelected, { symbol: SYMBOLS[0], interval: '1m' }),
    select: (symbol) => choose({ symbol }),
    selectInterval: (interval) => choose({ interval }),
  };
});

export function useSelectedSymbol(): string {
  return useStore(selectionStore, (state) => state.symbol);
}

export function useSelectedInterval(): Interval {
  return useStore(selectionStore, (state) => state.interval);
}

function parseSelected(stored: unknown): Selected | null {
  if (typeof stored !== 'object' || stored === null) return null;
  const { symbol, interval } = stored as Partial<Record<string, unknown>>;
  const knownSymbol = SYMBOLS.find((known) => known === symbol);
  const knownInterval = INTERVALS.find((known) => known === interval);
  return knownSymbol && knownInterval ? { symbol: knownSymbol, interval: knownInterval } : null;
}
