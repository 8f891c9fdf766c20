import { createStore } from 'zustand';
import type { Asset, PriceSource } from '@/lib/api/types';
import { useFramed } from '@/lib/frame';
import { usdToPrice } from '@/lib/money';

/** Until the asset list says how long a price may go unrenewed before it is no longer shown as current. */
export const STALE_AFTER_MS = 10_000;

export interface Quote {
  symbol: string;
  /** Raw, x 10,000. */
  bid: number;
  ask: number;
  /** The trade the quote was made from; null from servers that don't tell. */
  last: number | null;
  /** Seconds, the feed's time: a replayed recording of 2021 says 2021. */
  time: number;
  source: PriceSource | null;
  stale: boolean;
  /** This browser's monotonic clock at arrival, only for judging staleness. */
  arrivedAt: number;
}

export type PriceUpdate = Pick<Quote, 'symbol' | 'bid' | 'ask' | 'last' | 'time' | 'source'>;

interface PriceState {
  quotes: Readonly<Record<string, Quote>>;
  /** By symbol, as the server judges it. */
  staleAfterMs: Readonly<Record<string, number>>;
  /** A price from the stream: always the newest there is. */
  update: (update: PriceUpdate, now: number) => void;
  /** The asset list over REST: fills in what the stream hasn't said yet, and never overrules a live price. */
  seed: (assets: readonly Asset[], now: number) => void;
  /** Marks what has gone quiet. Called every second: silence sends no message. */
  judgeStaleness: (now: number) => void;
  reset: () => void;
}

export const priceStore = createStore<PriceState>()((set) => ({
  quotes: {},
  staleAfterMs: {},
  update: (update, now) =>
    set(({ quotes }) => ({
      quotes: { ...quotes, [update.symbol]: { ...update, stale: false, arrivedAt: now } },
    })),
  seed: (assets, now) =>
    set(({ quotes }) => {
      const next = { ...quotes };
      for (const asset of assets) {
        const seeded = quoteOfAsset(asset, now);
        const known = quotes[asset.symbol];
        if (seeded && (!known || known.stale)) next[asset.symbol] = seeded;
      }
      return { quotes: next, staleAfterMs: Object.fromEntries(assets.map((a) => [a.symbol, a.staleAfterMs])) };
    }),
  judgeStaleness: (now) =>
    set((state) => {
      const limit = (symbol: string) => state.staleAfterMs[symbol] ?? STALE_AFTER_MS;
      const silent = Object.values(state.quotes).filter((q) => !q.stale && now - q.arrivedAt > limit(q.symbol));
      if (silent.length === 0) return state;
      const next = { ...state.quotes };
      for (const quote of silent) next[quote.symbol] = { ...quote, stale: true };
      return { quotes: next };
    }),
  reset: () => set({ quotes: {}, staleAfterMs: {} }),
}));

/** The newest quote, as often as figures are redrawn. */
export function useQuote(symbol: string): Quote | null {
  return useFramed(priceStore, (state) => state.quotes[symbol] ?? null);
}

/** What charts are drawn with: the trade's price, else the middle of the quote. */
export function chartPriceOf(quote: Pick<Quote, 'bid' | 'ask' | 'last'>): number {
  return quote.last ?? Math.trunc((quote.bid + quote.ask) / 2);
}

function quoteOfAsset(asset: Asset, now: number): Quote | null {
  if (asset.buyPrice === null || asset.sellPrice === null) return null;
  return {
    symbol: asset.symbol,
    bid: usdToPrice(asset.sellPrice),
    ask: usdToPrice(asset.buyPrice),
    last: null,
    time: asset.time ?? 0,
    source: asset.source,
    stale: asset.stale,
    arrivedAt: now,
  };
}
