import { createStore, useStore } from 'zustand';

/** Whole milliseconds. */
export interface Latency {
  /** From the trade at the exchange to the desk; null for prices that no exchange has just made. */
  feed: number | null;
  /** From the desk's having the price to this page's. */
  wire: number;
  /** From there to the frame that shows it. */
  screen: number;
  /** wire and screen together: what the header shows. */
  total: number;
  roundTrip: number;
}

export type LatencyLevel = 'good' | 'slow' | 'late';

/** From here on the figure is amber, and red. A person notices a quarter of a second, and a price moves in a whole one. */
export const SLOW_FROM_MS = 250;
export const LATE_FROM_MS = 1_000;

export function levelOf(totalMs: number): LatencyLevel {
  if (totalMs >= LATE_FROM_MS) return 'late';
  return totalMs >= SLOW_FROM_MS ? 'slow' : 'good';
}

interface LatencyState {
  /** Null: not known, for want of prices or of the desk's time. */
  latency: Latency | null;
  show: (latency: Latency | null) => void;
}

/** Changed once a second at most, and only when a figure is another: what shows it renders no oftener. */
export const latencyStore = createStore<LatencyState>()((set) => ({
  latency: null,
  show: (latency) => set((state) => (isSame(state.latency, latency) ? state : { latency })),
}));

export function useLatency<T>(selector: (latency: Latency | null) => T): T {
  return useStore(latencyStore, (state) => selector(state.latency));
}

function isSame(one: Latency | null, other: Latency | null): boolean {
  if (one === null || other === null) return one === other;
  return one.feed === other.feed && one.wire === other.wire && one.screen === other.screen && one.roundTrip === other.roundTrip;
}
