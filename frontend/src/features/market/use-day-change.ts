import { useQuery } from '@tanstack/react-query';
import { request } from '@/lib/api/client';
import type { CandlesAnswer, WireCandle } from '@/lib/api/types';
import { useFramed } from '@/lib/frame';
import { usdToPrice } from '@/lib/money';
import { chartPriceOf, priceStore } from '@/lib/stores/prices';

const DAY_S = 86_400;
const BAR_S = 900;
const REFRESH_MS = 60_000;

/** The price a day ago and the range since, raw. */
export interface DayRange {
  openRaw: number;
  highRaw: number;
  lowRaw: number;
}

/**
 * How an asset moved in the last 24 hours of its feed, which for a recording is not the reader's. Null while there is
 * no price, and where the desk's history doesn't go back so far: a shorter move under this name would be made up.
 */
export function useDayChange(symbol: string): (DayRange & { changeRaw: number }) | null {
  const range = useDayRange(symbol);
  const last = useFramed(priceStore, ({ quotes }) => {
    const quote = quotes[symbol];
    return quote ? chartPriceOf(quote) : null;
  });
  if (!range || last === null) return null;
  return {
    ...range,
    highRaw: Math.max(range.highRaw, last),
    lowRaw: Math.min(range.lowRaw, last),
    changeRaw: last - range.openRaw,
  };
}

function useDayRange(symbol: string): DayRange | null {
  const hasPrice = useFramed(priceStore, ({ quotes }) => quotes[symbol] !== undefined);
  const day = useQuery({
    queryKey: ['day', symbol],
    enabled: hasPrice,
    refetchInterval: REFRESH_MS,
    queryFn: async ({ signal }) => {
      const now = priceStore.getState().quotes[symbol]?.time ?? 0;
      const query = { asset: symbol, ts: '15m', startTime: Math.max(0, now - DAY_S - BAR_S), endTime: now };
      const answer = await request<CandlesAnswer>('/asset/candles', { query, signal });
      return rangeOfDay(answer.candles, now);
    },
  });
  return day.data ?? null;
}

/** Null when the oldest candle is younger than a day, less the length of a candle. */
export function rangeOfDay(candles: readonly WireCandle[], nowS: number): DayRange | null {
  const since = nowS - DAY_S;
  const first = candles.find((candle) => candle.time + BAR_S > since);
  if (!first || first.time > since) return null;
  const day = candles.filter((candle) => candle.time >= first.time);
  return {
    openRaw: usdToPrice(first.open),
    highRaw: Math.max(...day.map((candle) => usdToPrice(candle.high))),
    lowRaw: Math.min(...day.map((candle) => usdToPrice(candle.low))),
  };
}
