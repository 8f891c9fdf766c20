import { useQuery } from '@tanstack/react-query';
import { request } from '@/lib/api/client';
import type { CandlesAnswer, Interval } from '@/lib/api/types';
import { queryKeys } from '@/lib/queries';
import { type Candle, fromWire } from './candles';

const PAGE_BARS = 500;
/** Who looks back wants to get there: seven days of minutes are 10,080. */
const OLDER_BARS = 2000;
const NEWEST_BARS = 3;
const NEWEST_REFRESH_MS = 15_000;
/** A desk that has just started has its first candles in a moment. */
const FIRST_REFRESH_MS = 2_000;

interface CandleRange {
  symbol: string;
  interval: Interval;
  limit: number;
  endTime?: number;
}

/** Without a start the server gives the newest candles it has, of whatever day the feed is living in. */
async function fetchCandles({ symbol, interval, limit, endTime }: CandleRange, signal?: AbortSignal): Promise<Candle[]> {
  const answer = await request<CandlesAnswer>('/asset/candles', {
    query: { asset: symbol, ts: interval, limit, endTime },
    ...(signal && { signal }),
  });
  return answer.candles.map(fromWire);
}

export function useCandlePage(symbol: string, interval: Interval) {
  return useQuery({
    queryKey: queryKeys.candles(symbol, interval),
    queryFn: ({ signal }) => fetchCandles({ symbol, interval, limit: PAGE_BARS }, signal),
    // Kept current by live prices and by the newest candles below, but not worth showing again after a detour.
    staleTime: Infinity,
    gcTime: 0,
  });
}

/** Volume, and trades the page never saw: price messages carry only the newest price. */
export function useNewestCandles(symbol: string, interval: Interval) {
  return useQuery({
    queryKey: [...queryKeys.candles(symbol, interval), 'newest'],
    queryFn: ({ signal }) => fetchCandles({ symbol, interval, limit: NEWEST_BARS }, signal),
    refetchInterval: ({ state }) => (state.data?.length === 0 ? FIRST_REFRESH_MS : NEWEST_REFRESH_MS),
    gcTime: 0,
  });
}

export function fetchOlderCandles(symbol: string, interval: Interval, before: number): Promise<Candle[]> {
  return fetchCandles({ symbol, interval, limit: OLDER_BARS, endTime: before - 1 });
}
