import { useInfiniteQuery } from '@tanstack/react-query';
import { request } from '@/lib/api/client';
import type { ClosedOrder, HistoryAnswer } from '@/lib/api/types';
import { queryKeys } from '@/lib/queries';
import { useAccount } from '@/lib/stores/account';

const PAGE_SIZE = 25;

/** Closed orders newest first: the database's pages, with what closed while the page is open on top at once. */
export function useHistory() {
  const recent = useAccount((state) => state.recentlyClosed);
  const query = useInfiniteQuery({
    queryKey: queryKeys.history,
    queryFn: ({ pageParam, signal }) =>
      request<HistoryAnswer>('/trade/history', { query: { limit: PAGE_SIZE, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });
  const fetched = query.data?.pages.flatMap((page) => page.orders) ?? [];
  return { ...query, rows: mergeHistory(recent, fetched) };
}

/** The database's word counts where both know an order. */
export function mergeHistory(recent: readonly ClosedOrder[], fetched: readonly ClosedOrder[]): ClosedOrder[] {
  const byId = new Map<string, ClosedOrder>();
  for (const order of [...recent, ...fetched]) byId.set(order.orderId, order);
  return [...byId.values()].sort((a, b) => b.closeTimestamp - a.closeTimestamp);
}
