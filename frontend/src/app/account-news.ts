import type { QueryClient } from '@tanstack/react-query';
import { announceClosed, announceGone, announceMissed, announceOpened } from '@/lib/order-toasts';
import { fetchAccount, queryKeys, refreshHistorySoon } from '@/lib/queries';
import { type AccountEvent, accountStore } from '@/lib/stores/account';
import type { CaughtUp } from '@/lib/stream/client';

/** An order message, as it comes. */
export function applyAccountEvent(event: AccountEvent, client: QueryClient): void {
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
  }
}

/** The stream is signed in: goes on from what the page has, or fetches all where it can't. */
export function goOn(caughtUp: CaughtUp | null, client: QueryClient): void {
  if (caughtUp === null) {
    startOver(client);
    return;
  }
  const account = accountStore.getState();
  const before = Object.keys(account.orders);
  const { fresh, hasGap } = account.catchUp(caughtUp.missed);
  const { lastSeq, orders } = accountStore.getState();
  // Not what was promised, however it came about: nothing is built on it.
  if (hasGap || lastSeq !== caughtUp.seq) startOver(client);
  else if (fresh.some(({ kind }) => kind === 'closed' || kind === 'snapshot')) refreshHistorySoon(client);

  announceMissed(fresh);
  if (fresh.some(({ kind }) => kind === 'snapshot')) announceGone(before.filter((id) => !(id in orders)).length);
}

function startOver(client: QueryClient): void {
  accountStore.getState().forgetSeq();
  void fetchAccount();
  void client.invalidateQueries({ queryKey: queryKeys.history });
}
