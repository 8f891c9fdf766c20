import { createStore, useStore } from 'zustand';
import type { ClosedOrder, Order } from '@/lib/api/types';

/** One event of the account, in order: `seq` rises by one each time. Money in cents, prices raw. */
export type AccountEvent = { seq: number; balanceCents: number | null } & (
  | { kind: 'opened' | 'updated'; order: Order }
  | { kind: 'closed'; order: ClosedOrder }
  | { kind: 'balance' }
);

/** gap: events were missed, so the account must be fetched again. */
export type EventOutcome = 'applied' | 'repeated' | 'gap';

interface AccountData {
  status: 'loading' | 'ready' | 'error';
  error: unknown;
  balanceCents: number | null;
  orders: Readonly<Record<string, Order>>;
  /** Closed since the page was opened, newest first: the history's database follows some 100 ms behind. */
  recentlyClosed: readonly ClosedOrder[];
  /** Also of orders closed by an answer whose event hasn't come yet. */
  closedIds: ReadonlySet<string>;
  lastSeq: number | null;
  /** Events that came while a fetch is under way, whose answer may be older than they are. Null: no fetch. */
  sinceFetch: readonly AccountEvent[] | null;
}

interface AccountState extends AccountData {
  apply: (event: AccountEvent) => EventOutcome;
  beginFetch: () => void;
  endFetch: (answer: { orders: readonly Order[]; balanceCents: number }) => void;
  failFetch: (error: unknown) => void;
  /** An order in an answer to our own request; its event comes too, before or after. */
  put: (order: Order) => void;
  remove: (orderId: string) => void;
  /** A new connection starts counting anew: what was missed comes with the fetch. */
  forgetSeq: () => void;
  reset: () => void;
}

const RECENT_MAX = 100;

const initial: AccountData = {
  status: 'loading',
  error: null,
  balanceCents: null,
  orders: {},
  recentlyClosed: [],
  closedIds: new Set(),
  lastSeq: null,
  sinceFetch: null,
};

export const accountStore = createStore<AccountState>()((set, get) => ({
  ...initial,
  apply: (event) => {
    const { lastSeq, sinceFetch } = get();
    if (lastSeq !== null && event.seq <= lastSeq) return 'repeated';
    set((state) => ({
      ...reduce(state, event),
      lastSeq: event.seq,
      sinceFetch: sinceFetch && [...sinceFetch, event],
    }));
    return lastSeq !== null && event.seq > lastSeq + 1 ? 'gap' : 'applied';
  },
  beginFetch: () => set({ sinceFetch: [] }),
  endFetch: ({ orders, balanceCents }) =>
    set((state) => {
      const fetched: AccountData = {
        ...state,
        status: 'ready',
        error: null,
        balanceCents,
        orders: Object.fromEntries(
          orders.filter((order) => !state.closedIds.has(order.orderId)).map((order) => [order.orderId, order]),
        ),
      };
      const replayed = (state.sinceFetch ?? []).reduce(reduce, fetched);
      return { ...replayed, sinceFetch: null };
    }),
  failFetch: (error) =>
    set((state) => ({
      error,
      sinceFetch: null,
      // What is on the page stays: a failed refresh is no reason to take the trader's positions away.
      status: state.status === 'ready' ? 'ready' : 'error',
    })),
  put: (order) =>
    set((state) =>
      state.closedIds.has(order.orderId) ? state : { orders: { ...state.orders, [order.orderId]: order } },
    ),
  remove: (orderId) => set((state) => withoutOrder(state, orderId)),
  forgetSeq: () => set({ lastSeq: null }),
  reset: () => set(initial),
}));

export function useAccount<T>(selector: (state: AccountState) => T): T {
  return useStore(accountStore, selector);
}

function reduce(state: AccountData, event: AccountEvent): AccountData {
  const next = { ...state, balanceCents: event.balanceCents ?? state.balanceCents };
  switch (event.kind) {
    case 'opened':
    case 'updated':
      // An answer may overtake the events before it: what is closed stays closed.
      if (state.closedIds.has(event.order.orderId)) return next;
      return { ...next, orders: { ...state.orders, [event.order.orderId]: event.order } };
    case 'closed': {
      const { order } = event;
      const others = state.recentlyClosed.filter((closed) => closed.orderId !== order.orderId);
      return { ...withoutOrder(next, order.orderId), recentlyClosed: [order, ...others].slice(0, RECENT_MAX) };
    }
    case 'balance':
      return next;
  }
}

function withoutOrder(state: AccountData, orderId: string): AccountData {
  const orders = Object.fromEntries(Object.entries(state.orders).filter(([id]) => id !== orderId));
  return { ...state, orders, closedIds: new Set(state.closedIds).add(orderId) };
}
