import { type QueryClient, useQuery } from '@tanstack/react-query';
import { request } from './api/client';
import type { Asset, BalanceAnswer, Me, OpenOrdersAnswer, ProviderInfo } from './api/types';
import { accountStore } from './stores/account';
import { sessionStore } from './stores/session';

export const queryKeys = {
  assets: ['assets'] as const,
  candles: (symbol: string, interval: string) => ['candles', symbol, interval] as const,
  allCandles: ['candles'] as const,
  history: ['history'] as const,
  me: ['me'] as const,
  providers: ['providers'] as const,
};

const ASSETS_REFRESH_MS = 30_000;

/** Settings of every asset, and the newest prices for those the stream is silent about. */
export function useAssets() {
  return useQuery({
    queryKey: queryKeys.assets,
    queryFn: ({ signal }) => request<{ assets: Asset[] }>('/asset/', { signal }),
    select: (answer) => answer.assets,
    refetchInterval: ASSETS_REFRESH_MS,
  });
}

export function useAsset(symbol: string): Asset | null {
  return useAssets().data?.find((asset) => asset.symbol === symbol) ?? null;
}

const ACCOUNT_RETRY_MS = 5_000;
const accountFetch = { running: false, wanted: false, retryTimer: 0 };

/**
 * Fetches open orders and balance together: they change together, and events keep both current afterwards. One fetch
 * at a time; asked for again meanwhile, it runs once more, because the answer under way may be older than the reason.
 * After a failure it asks again by itself: a trader must not go on looking at positions that are no longer so.
 */
export async function fetchAccount(): Promise<void> {
  window.clearTimeout(accountFetch.retryTimer);
  accountFetch.wanted = true;
  if (accountFetch.running) return;
  accountFetch.running = true;
  while (accountFetch.wanted) {
    accountFetch.wanted = false;
    await fetchAccountOnce();
  }
  accountFetch.running = false;
}

async function fetchAccountOnce(): Promise<void> {
  const { userId } = sessionStore.getState();
  if (userId === null) return;
  const account = accountStore.getState();
  account.beginFetch();
  try {
    const [open, { balance, seq }] = await Promise.all([
      request<OpenOrdersAnswer>('/trade/open'),
      request<BalanceAnswer>('/user/balance'),
    ]);
    // Signed out, or in as somebody else, while waiting: this answer is another's.
    if (sessionStore.getState().userId !== userId) return;
    // Two answers, of two moments perhaps: both hold what the older one holds.
    const both = open.seq === undefined || seq === undefined ? null : Math.min(open.seq, seq);
    account.endFetch({ orders: open.orders, balanceCents: balance.cents, seq: both });
  } catch (error) {
    if (sessionStore.getState().userId !== userId) return;
    account.failFetch(error);
    window.clearTimeout(accountFetch.retryTimer);
    accountFetch.retryTimer = window.setTimeout(() => void fetchAccount(), ACCOUNT_RETRY_MS);
  }
}

/** The history's database follows the trade by some 100 ms; asked at once it would not have the newest row. */
const HISTORY_DELAY_MS = 1_000;

export function refreshHistorySoon(client: QueryClient): void {
  setTimeout(() => void client.invalidateQueries({ queryKey: queryKeys.history }), HISTORY_DELAY_MS);
}

/** The account and what guards it. */
export function useMe() {
  return useQuery({ queryKey: queryKeys.me, queryFn: ({ signal }) => request<Me>('/user/me', { signal }) });
}

/** Who else this desk takes a sign-in from. */
export function useProviders() {
  return useQuery({
    queryKey: queryKeys.providers,
    queryFn: ({ signal }) => request<{ providers: ProviderInfo[] }>('/auth/status', { signal }),
    select: (answer) => answer.providers,
    staleTime: Infinity,
  });
}
