import { toast } from 'sonner';
import type { ClosedOrder, Order } from './api/types';
import { closeSentence, sideWord } from './close-reasons';
import { formatPrice, formatSignedUsd, formatUsd } from './money';
import { playTone } from './sound/play';
import type { Sound } from './sound/tones';
import type { AccountEvent } from './stores/account';

/*
 * An order's opening and closing are told twice, by the answer to our request and by the stream, and the one may come
 * without the other. The toast's id makes them one.
 */

export function announceOpened(order: Order): void {
  toast.success(`${order.asset} ${sideWord(order.type)} opened · ${formatUsd(order.margin)} at ${order.leverage}x`, {
    id: `opened-${order.orderId}`,
    description: `Entry ${formatPrice(order.openPrice)}`,
  });
  playOnce(`opened-${order.orderId}`, 'opened');
}

/** What has been heard of late, oldest first: a sound has no id that would make two of it one. */
const heard: string[] = [];
const HEARD_MAX = 100;

function playOnce(id: string, sound: Sound): void {
  if (heard.includes(id)) return;
  heard.push(id);
  if (heard.length > HEARD_MAX) heard.shift();
  playTone(sound);
}

type Closing = Pick<ClosedOrder, 'orderId' | 'asset' | 'type' | 'closeReason' | 'pnl' | 'closePrice'>;

export function announceClosed(order: Closing): void {
  const options = { id: `closed-${order.orderId}`, description: `At ${formatPrice(order.closePrice)}` };
  if (order.closeReason === 'liquidation') toast.error(closeSentence(order), { ...options, duration: 15_000 });
  else if (order.pnl < 0) toast.info(closeSentence(order), options);
  else toast.success(closeSentence(order), options);
  const result = order.pnl < 0 ? 'loss' : 'gain';
  playOnce(`closed-${order.orderId}`, order.closeReason === 'liquidation' ? 'liquidation' : result);
}

/** More than this at once nobody reads: they become one that says how many. */
const TOASTS_AT_ONCE_MAX = 3;
const SUMMARY_MS = 15_000;

/** What happened while the page was away, oldest first. What closed in the same time isn't told as opened too. */
export function announceMissed(events: readonly AccountEvent[]): void {
  const closed = events.flatMap((event) => (event.kind === 'closed' ? [event.order] : []));
  const closedIds = new Set(closed.map((order) => order.orderId));
  const opened = events.flatMap((event) => (event.kind === 'opened' ? [event.order] : []));
  const stillOpen = opened.filter((order) => !closedIds.has(order.orderId));
  if (closed.length + stillOpen.length > TOASTS_AT_ONCE_MAX) {
    summarize(closed, stillOpen.length);
    return;
  }
  closed.forEach(announceClosed);
  stillOpen.forEach(announceOpened);
}

/** So much was missed that the server told the outcome alone: so many positions are gone from the page. */
export function announceGone(count: number): void {
  if (count === 0) return;
  toast.info(`${countOf(count, 'position')} closed while you were away`, {
    description: 'Your history says how.',
    duration: SUMMARY_MS,
  });
}

function summarize(closed: readonly ClosedOrder[], openedCount: number): void {
  const parts = [
    closed.length > 0 ? `${countOf(closed.length, 'order')} closed` : '',
    openedCount > 0 ? `${countOf(openedCount, 'order')} opened` : '',
  ];
  const title = `${parts.filter((part) => part !== '').join(', ')} while you were away`;
  if (closed.length === 0) {
    toast.info(title, { duration: SUMMARY_MS });
    return;
  }
  const liquidated = closed.filter((order) => order.closeReason === 'liquidation').length;
  const total = closed.reduce((sum, order) => sum + order.pnl, 0);
  const options = {
    description: `Together ${formatSignedUsd(total)}${liquidated > 0 ? `, ${liquidated} by liquidation` : ''}. Your history has each.`,
    duration: SUMMARY_MS,
  };
  if (liquidated > 0) toast.error(title, options);
  else toast.info(title, options);
}

function countOf(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
