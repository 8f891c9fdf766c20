import { createStore, useStore } from 'zustand';
import type { ClosedOrder, Order } from '@/lib/api/types';

/** One event of the account, in order: `seq` rises by one each time. Money in cents, prices raw. */
export type AccountEvent = { seq: number; balanceCents: number | null } & (
  | { kind: 'opened' | 'updated'; order: Order }
  | { kind: 'closed'; order: ClosedOrder }
  | { kind: 'balance' }
  /** In place of all events up to its number: the open orders as of then. */
  | { kind: 'snapshot'; orders: readonly Order[] }
);

/** seq: the number of the newest event that both hold, if the server tells. */
export interface FetchedAccount {
  orders: readonly Order[];
  balanceCents: number;
  seq?: number | null;
}

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
  /** The newest event heard, or the one that the first fetch told of; null: counting begins with the next. */
  lastSeq: number | null;
  /** What was fetched may be ahead of the events: up to here they change neither balance nor open orders. */
  fetchedSeq: number | null;
  /** Events that came while a fetch is under way, whose answer may be older than they are. Null: no fetch. */
  sinceFetch: readonly AccountEvent[] | null;
}

interface AccountState extends AccountData {
  apply: (event: AccountEvent) => EventOutcome;
  /** Many at once, so that the page shows the last state and none between; those that are new to it. */
  catchUp: (events: readonly AccountEvent[]) => { fresh: readonly AccountEvent[]; hasGap: boolean };
  beginFetch: () => void;
  endFetch: (answer: FetchedAccount) => void;
  failFetch: (error: unknown) => void;
  /** An order in an answer to our own request; its event comes too, before or after. */
  put: (order: Order) => void;
  remove: (orderId: string) => void;
  /** Counts anew from the next event: what was missed comes with a fetch. */
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
  fetchedSeq: null,
  sinceFetch: null,
};

export const accountStore = createStore<AccountState>()((set, get) => ({
  ...initial,
  apply: (event) => {
    const { state, outcome } = take(get(), event);
    if (outcome !== 'repeated') set(state);
    return outcome;
  },
  catchUp: (events) => {
    let state: AccountData = get();
    const fresh: AccountEvent[] = [];
    let hasGap = false;
    for (const event of events) {
      const taken = take(state, event);
      state = taken.state;
      hasGap ||= taken.outcome === 'gap';
      if (taken.outcome !== 'repeated') fresh.push(event);
    }
    if (fresh.length > 0) set(state);
    return { fresh, hasGap };
  },
  beginFetch: () => set({ sinceFetch: [] }),
  endFetch: ({ orders, balanceCents, seq = null }) =>
    set((state) => {
      const fetched: AccountData = {
        ...withAccount(state, orders, balanceCents),
        lastSeq: state.lastSeq ?? seq,
        fetchedSeq: seq,
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
  forgetSeq: () => set({ lastSeq: null, fetchedSeq: null }),
  reset: () => set(initial),
}));

export function useAccount<T>(selector: (state: AccountState) => T): T {
  return useStore(accountStore, selector);
}

/** The newest number that the page can go on from: nothing before it is missing from what is shown. */
export function resumableSeq(): number | null {
  const { status, lastSeq } = accountStore.getState();
  return status === 'ready' ? lastSeq : null;
}

function take(state: AccountData, event: AccountEvent): { state: AccountData; outcome: EventOutcome } {
  const { lastSeq, sinceFetch } = state;
  // A snapshot counts whatever its number: it may be of a desk that was set back to an earlier state.
  const isSnapshot = event.kind === 'snapshot';
  if (!isSnapshot && lastSeq !== null && event.seq <= lastSeq) return { state, outcome: 'repeated' };
  const next = reduce(isSnapshot ? { ...state, fetchedSeq: null } : state, event);
  return {
    state: { ...next, lastSeq: event.seq, sinceFetch: sinceFetch && [...sinceFetch, event] },
    outcome: !isSnapshot && lastSeq !== null && event.seq > lastSeq + 1 ? 'gap' : 'applied',
  };
}

function reduce(state: AccountData, event: AccountEvent): AccountData {
  const isFetched = state.fetchedSeq !== null && event.seq <= state.fetchedSeq;
  const next = isFetched ? state : { ...state, balanceCents: event.balanceCents ?? state.balanceCents };
  switch (event.kind) {
    case 'opened':
    case 'updated':
      // An answer may overtake the events before it: what is closed stays closed.
      if (isFetched || state.closedIds.has(event.order.orderId)) return next;
      return { ...next, orders: { ...state.orders, [event.order.orderId]: event.order } };
    case 'closed': {
      const { order } = event;
      const others = state.recentlyClosed.filter((closed) => closed.orderId !== order.orderId);
      return { ...withoutOrder(next, order.orderId), recentlyClosed: [order, ...others].slice(0, RECENT_MAX) };
    }
    case 'snapshot':
      return isFetched ? state : withAccount(next, event.orders, next.balanceCents);
    case 'balance':
      return next;
  }
}

/** The whole account, but for orders of which it is known that they have closed since. */
function withAccount(state: AccountData, orders: readonly Order[], balanceCents: number | null): AccountData {
  const open = orders.filter((order) => !state.closedIds.has(order.orderId));
  const byId = Object.fromEntries(open.map((order) => [order.orderId, order]));
  return { ...state, status: 'ready', error: null, balanceCents, orders: byId };
}

function withoutOrder(state: AccountData, orderId: string): AccountData {
  const orders = Object.fromEntries(Object.entries(state.orders).filter(([id]) => id !== orderId));
  return { ...state, orders, closedIds: new Set(state.closedIds).add(orderId) };
}
