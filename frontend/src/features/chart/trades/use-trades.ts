import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { request } from '@/lib/api/client';
import type { ClosedOrder, HistoryAnswer, Order } from '@/lib/api/types';
import { queryKeys } from '@/lib/queries';
import { useAccount } from '@/lib/stores/account';

const CLOSED_MAX = 200;
const NONE: readonly ClosedOrder[] = [];

/** One asset's positions, open and closed, for marks in its chart. */
export interface Trades {
  open: readonly Order[];
  closed: readonly ClosedOrder[];
}

/** The history's newest rows, with what closed while the page is open; its database follows a moment later. */
export function useTrades(symbol: string, isWanted: boolean): Trades {
  const orders = useAccount((state) => state.orders);
  const recent = useAccount((state) => state.recentlyClosed);
  const fetched = useQuery({
    queryKey: [...queryKeys.history, 'markers', symbol],
    queryFn: ({ signal }) =>
      request<HistoryAnswer>('/trade/history', { query: { asset: symbol, limit: CLOSED_MAX }, signal }),
    enabled: isWanted,
  });
  const rows = fetched.data?.orders ?? NONE;
  return useMemo(() => {
    if (!isWanted) return { open: [], closed: [] };
    const byId = new Map([...recent, ...rows].map((order) => [order.orderId, order]));
    return {
      open: Object.values(orders).filter(({ asset }) => asset === symbol),
      closed: [...byId.values()].filter(({ asset }) => asset === symbol),
    };
  }, [isWanted, orders, recent, rows, symbol]);
}
