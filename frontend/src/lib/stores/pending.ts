import { createStore, useStore } from 'zustand';
import type { Order } from '@/lib/api/types';

/** What has been asked for an order and not been answered: it is shown as asked, and the account's store stays the server's. */
export type Pending = { kind: 'closing' } | { kind: 'amending'; shown: Partial<Pick<Order, 'takeProfit' | 'stopLoss' | 'trailingStopLoss'>> };

interface PendingState {
  byOrder: Readonly<Record<string, Pending>>;
}

export const pendingStore = createStore<PendingState>()(() => ({ byOrder: {} }));

/** Until the promise is settled, one way or the other. Of two at once for an order the later is shown. */
export async function whilePending<Answer>(orderId: string, pending: Pending, asked: Promise<Answer>): Promise<Answer> {
  pendingStore.setState(({ byOrder }) => ({ byOrder: { ...byOrder, [orderId]: pending } }));
  try {
    return await asked;
  } finally {
    pendingStore.setState(({ byOrder }) => {
      if (byOrder[orderId] !== pending) return {};
      return { byOrder: Object.fromEntries(Object.entries(byOrder).filter(([id]) => id !== orderId)) };
    });
  }
}

export function usePending(orderId: string): Pending | null {
  return useStore(pendingStore, ({ byOrder }) => byOrder[orderId] ?? null);
}

/** The order as it will be, should the server do what was asked. */
export function asAsked(order: Order, pending: Pending | null): Order {
  return pending?.kind === 'amending' ? { ...order, ...pending.shown } : order;
}
