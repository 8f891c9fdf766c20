import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { request } from '@/lib/api/client';
import type { ClosedOrder, HistoryAnswer } from '@/lib/api/types';
import { queryKeys } from '@/lib/queries';
import { useAccount } from '@/lib/stores/account';
import { type Filters, NO_FILTERS, matches, queryOf } from './filters';

const PAGE_SIZE = 25;
/** A position is closed in fewer parts than that: each takes one percent at least. */
const FAMILY_MAX = 1_000;

/** Closed orders newest first: the database's pages, with what closed while the page is open on top at once. */
export function useHistory(filters: Filters = NO_FILTERS) {
  const recent = useAccount((state) => state.recentlyClosed);
  const query = useInfiniteQuery({
    queryKey: [...queryKeys.history, 'pages', filters],
    queryFn: ({ pageParam, signal }) =>
      request<HistoryAnswer>('/trade/history', {
        query: { limit: PAGE_SIZE, cursor: pageParam, ...queryOf(filters, Date.now()) },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
  });
  const fetched = query.data?.pages.flatMap((page) => page.orders) ?? [];
  // Rows of the filters before stand until the new ones are there, by themselves: what is newest may not belong.
  if (query.isPlaceholderData) return { ...query, rows: fetched };
  const shown = recent.filter((order) => matches(order, filters, query.dataUpdatedAt));
  return { ...query, rows: mergeHistory(shown, fetched) };
}

/** The database's word counts where both know an order. */
export function mergeHistory(recent: readonly ClosedOrder[], fetched: readonly ClosedOrder[]): ClosedOrder[] {
  const byId = new Map<string, ClosedOrder>();
  for (const order of [...recent, ...fetched]) byId.set(order.orderId, order);
  return [...byId.values()].sort((a, b) => b.closeTimestamp - a.closeTimestamp);
}

/** The closed orders that were one position: the last part of it, and those that were closed before. Newest first. */
export function useFamily(order: ClosedOrder) {
  const root = order.parentOrderId ?? order.orderId;
  return useQuery({
    queryKey: [...queryKeys.history, 'family', root],
    queryFn: ({ signal }) =>
      request<HistoryAnswer>('/trade/history', { query: { orderId: root, limit: FAMILY_MAX }, signal }),
    select: (answer) => answer.orders,
  });
}
