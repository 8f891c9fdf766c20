import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { toast } from 'sonner';
import { announceClosed, announceOpened } from '@/lib/order-toasts';
import { fetchAccount, queryKeys, refreshHistorySoon, useAssets } from '@/lib/queries';
import { confirmSession } from '@/lib/session/confirm';
import { type AccountEvent, accountStore } from '@/lib/stores/account';
import { type StreamStatus, connectionStore } from '@/lib/stores/connection';
import { priceStore } from '@/lib/stores/prices';
import { SYMBOLS } from '@/lib/stores/selection';
import { sessionStore, useSession } from '@/lib/stores/session';
import { StreamClient, streamUrl } from '@/lib/stream/client';
import type { StreamMessage } from '@/lib/stream/messages';

const STALENESS_CHECK_MS = 1_000;

/** Keeps prices, account and connection current for as long as the trading page is shown. */
export function useLiveDesk(): void {
  const userId = useSession((state) => state.userId);
  const client = useQueryClient();
  const assets = useAssets().data;

  useEffect(() => {
    if (assets) priceStore.getState().seed(assets, performance.now());
  }, [assets]);

  useEffect(() => {
    const timer = setInterval(() => priceStore.getState().judgeStaleness(performance.now()), STALENESS_CHECK_MS);
    return () => clearInterval(timer);
  }, []);

  useEffect(() => {
    const { token } = sessionStore.getState();
    if (userId === null || token === null) return;
    // Not waiting for the stream: without it the desk still shows and does everything, only less promptly.
    void fetchAccount();
    const stream = new StreamClient({
      url: streamUrl(window.location),
      token,
      symbols: SYMBOLS,
      onMessage: (message) => receive(message, client),
      onStatus: (status) => changeStatus(status, client),
    });
    stream.start();
    const unsubscribe = sessionStore.subscribe((state, before) => {
      if (state.token !== null && state.token !== before.token) stream.authenticate(state.token);
    });
    return () => {
      unsubscribe();
      stream.stop();
      toast.dismiss(CONNECTION_TOAST);
      accountStore.getState().reset();
      priceStore.getState().reset();
    };
  }, [userId, client]);
}

function receive(message: StreamMessage, client: QueryClient): void {
  switch (message.type) {
    case 'price':
      priceStore.getState().update(message.price, performance.now());
      break;
    case 'account':
      applyAccountEvent(message.event, client);
      break;
    case 'unauthenticated':
      confirmSession();
      break;
    case 'authenticated':
    case 'pong':
      break;
  }
}

function applyAccountEvent(event: AccountEvent, client: QueryClient): void {
  const outcome = accountStore.getState().apply(event);
  if (outcome === 'repeated') return;
  if (outcome === 'gap') {
    void fetchAccount();
    refreshHistorySoon(client);
  }
  if (event.kind === 'opened') announceOpened(event.order);
  if (event.kind === 'closed') {
    announceClosed(event.order);
    refreshHistorySoon(client);
    // The closed part has an id of its own; what it leaves of the position is told by the list of open orders.
    if (event.order.closeReason === 'partial_close') void fetchAccount();
  }
}

const CONNECTION_TOAST = 'connection';

function changeStatus(status: StreamStatus, client: QueryClient): void {
  const before = connectionStore.getState().status;
  connectionStore.getState().setStatus(status);
  if (status === 'offline' && before !== 'offline') {
    toast.warning('Connection lost', {
      id: CONNECTION_TOAST,
      description: 'Prices stand still until it is back. Your triggers go on working on the server.',
      duration: Infinity,
    });
  }
  if (status !== 'open') return;
  if (before === 'offline') {
    toast.success('Connected again', { id: CONNECTION_TOAST, description: 'Prices are live.', duration: 3_000 });
    void client.invalidateQueries({ queryKey: queryKeys.allCandles });
  }
  // What happened while nobody listened.
  accountStore.getState().forgetSeq();
  void fetchAccount();
  void client.invalidateQueries({ queryKey: queryKeys.history });
}
