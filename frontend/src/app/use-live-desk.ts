import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { toast } from 'sonner';
import { LatencyWatch } from '@/lib/latency/watch';
import { fetchAccount, queryKeys, refreshHistorySoon, useAssets } from '@/lib/queries';
import { confirmSession } from '@/lib/session/confirm';
import { accountStore, resumableSeq } from '@/lib/stores/account';
import { type StreamStatus, connectionStore } from '@/lib/stores/connection';
import { priceStore } from '@/lib/stores/prices';
import { SYMBOLS } from '@/lib/stores/selection';
import { sessionStore, useSession } from '@/lib/stores/session';
import { StreamClient, streamUrl } from '@/lib/stream/client';
import type { StreamMessage } from '@/lib/stream/messages';
import { followTrailingStops } from '@/lib/trailing';
import { applyAccountEvent, goOn } from './account-news';

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
    return goLive(userId, token, client);
  }, [userId, client]);
}

/** Until called off: one account's stream, and all that listens to it. */
function goLive(userId: string, token: string, client: QueryClient): () => void {
  // Not waiting for the stream: without it the desk still shows and does everything, only less promptly.
  void fetchAccount();
  const latency = new LatencyWatch();
  latency.start();
  let wasOpen = false;
  const stream = new StreamClient({
    url: streamUrl(window.location),
    token,
    symbols: SYMBOLS,
    resumeFrom: resumableSeq,
    onMessage: (message) => receive(message, client, latency),
    onSignedIn: (caughtUp) => {
      goOn(caughtUp, client);
      // What closed between the two answers, the history's and the account's, is in neither.
      if (!wasOpen) refreshHistorySoon(client);
    },
    onStatus: (status) => {
      const before = showStatus(status);
      if (status !== 'open') latency.newLine();
      // The candles of the time in between.
      else if (wasOpen && before !== 'open') void client.invalidateQueries({ queryKey: queryKeys.allCandles });
      wasOpen ||= status === 'open';
    },
  });
  stream.start();
  const unfollow = followTrailingStops();
  const unsubscribe = sessionStore.subscribe((state, before) => {
    // Another's token is for another stream: this one is about to be called off.
    if (state.token !== null && state.token !== before.token && state.userId === userId) stream.authenticate(state.token);
  });
  return () => {
    unsubscribe();
    unfollow();
    stream.stop();
    latency.stop();
    toast.dismiss(CONNECTION_TOAST);
    accountStore.getState().reset();
    priceStore.getState().reset();
  };
}

function receive(message: StreamMessage, client: QueryClient, latency: LatencyWatch): void {
  switch (message.type) {
    case 'price': {
      const now = performance.now();
      priceStore.getState().update(message.price, now);
      if (message.times) latency.arrived(message.price.symbol, message.times, now);
      break;
    }
    case 'subscribed':
      latency.subscribed(message.symbol);
      break;
    case 'pong':
      if (message.sentAt !== null && message.time !== null) latency.pong(message.sentAt, message.time);
      break;
    case 'account':
      applyAccountEvent(message.event, client);
      break;
    case 'unauthenticated':
      confirmSession();
      break;
    case 'authenticated':
    case 'resumed':
    case 'error':
      break;
  }
}

const CONNECTION_TOAST = 'connection';

/** The light, and a toast for a loss; the status before. */
function showStatus(status: StreamStatus): StreamStatus {
  const before = connectionStore.getState().status;
  connectionStore.getState().setStatus(status);
  if (status === 'offline' && before !== 'offline') {
    toast.warning('Connection lost', {
      id: CONNECTION_TOAST,
      description: 'Prices stand still until it is back. Your triggers go on working on the server.',
      duration: Infinity,
    });
  }
  if (status === 'open' && before === 'offline') {
    toast.success('Connected again', { id: CONNECTION_TOAST, description: 'Prices are live.', duration: 3_000 });
  }
  return before;
}
