import { createStore, useStore } from 'zustand';

/** The assets of the desk; what can be asked about each comes from GET /asset/. */
export const SYMBOLS = ['BTC', 'ETH', 'SOL'] as const;

interface SelectionState {
  symbol: string;
  select: (symbol: string) => void;
}

/** Which asset the chart and the order panel show. */
export const selectionStore = createStore<SelectionState>()((set) => ({
  symbol: SYMBOLS[0],
  select: (symbol) => set({ symbol }),
}));

export function useSelectedSymbol(): string {
  return useStore(selectionStore, (state) => state.symbol);
}
