import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type Latency, latencyStore } from '@/lib/stores/latency';
import { selectionStore } from '@/lib/stores/selection';
import { LatencyWatch, SHOWN_EVERY_MS } from './watch';

/** The desk's clock at this page's zero. */
const DESK_EPOCH = 1_700_000_000_000;

let watch: LatencyWatch;
let shown: (Latency | null)[];
let unsubscribe: () => void;

// Once for all: the page's clock never goes back.
beforeAll(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'requestAnimationFrame', 'performance'] });
});
afterAll(() => {
  vi.useRealTimers();
});
beforeEach(() => {
  selectionStore.getState().select('BTC');
  latencyStore.getState().show(null);
  shown = [];
  unsubscribe = latencyStore.subscribe(({ latency }) => shown.push(latency));
  watch = new LatencyWatch();
  watch.start();
});
afterEach(() => {
  watch.stop();
  unsubscribe();
  vi.advanceTimersByTime(SHOWN_EVERY_MS);
});

/** A quick question of the desk's time. */
function askTheTime() {
  const sentAt = performance.now();
  vi.advanceTimersByTime(4);
  watch.pong(sentAt, DESK_EPOCH + sentAt + 2);
}

/** A price that was on the wire for so long, and its frame. */
function price(wireMs: number, symbol = 'BTC', feedMs: number | null = 30) {
  const now = performance.now();
  const receivedAt = DESK_EPOCH + now - wireMs;
  watch.arrived(symbol, { madeAt: feedMs === null ? null : receivedAt - feedMs, receivedAt }, now);
  vi.advanceTimersByTime(16);
}

test('nothing is said until the desk’s time is known', () => {
  price(5);
  vi.advanceTimersByTime(SHOWN_EVERY_MS);
  expect(shown).toEqual([]);
});

test('a price’s way is told in its parts', () => {
  askTheTime();
  price(5);
  vi.advanceTimersByTime(SHOWN_EVERY_MS);
  const { latency } = latencyStore.getState();
  expect(latency).toMatchObject({ feed: 30, wire: 5, roundTrip: 4 });
  // Until the next frame, of sixty a second
  expect(latency?.screen).toBeGreaterThan(0);
  expect(latency?.screen).toBeLessThanOrEqual(16);
  expect(latency?.total).toBe((latency?.wire ?? 0) + (latency?.screen ?? 0));
});

test('the median counts, so that one slow price is no alarm', () => {
  askTheTime();
  for (const wireMs of [7, 7, 900, 7, 7]) price(wireMs);
  vi.advanceTimersByTime(SHOWN_EVERY_MS);
  expect(latencyStore.getState().latency?.wire).toBe(7);
});

test('however many prices come, it is said once a second, and only when it is another', () => {
  askTheTime();
  for (let count = 0; count < 300; count += 1) price(5);
  expect(shown.length).toBeGreaterThan(0);
  expect(shown.length).toBeLessThanOrEqual(5);
  const before = shown.length;
  for (let count = 0; count < 60; count += 1) price(5);
  expect(shown.length - before).toBeLessThanOrEqual(1);
});

test('the price that greets a subscriber is the newest known, however old, and doesn’t count', () => {
  askTheTime();
  watch.subscribed('BTC');
  price(600_000);
  vi.advanceTimersByTime(SHOWN_EVERY_MS);
  expect(shown).toEqual([]);
  price(5);
  vi.advanceTimersByTime(SHOWN_EVERY_MS);
  expect(latencyStore.getState().latency?.wire).toBe(5);
});

test('only the asset that is looked at counts', () => {
  askTheTime();
  price(5, 'ETH');
  vi.advanceTimersByTime(SHOWN_EVERY_MS);
  expect(shown).toEqual([]);
});

test('of a hidden page nothing is measured: nobody waits for it', () => {
  askTheTime();
  const now = performance.now();
  watch.arrived('BTC', { madeAt: null, receivedAt: DESK_EPOCH + now }, now);
  document.dispatchEvent(new Event('visibilitychange'));
  vi.advanceTimersByTime(SHOWN_EVERY_MS);
  expect(shown).toEqual([]);
});

test('when no price comes any more it is no longer said', () => {
  askTheTime();
  price(5);
  vi.advanceTimersByTime(SHOWN_EVERY_MS);
  expect(latencyStore.getState().latency).not.toBeNull();
  vi.advanceTimersByTime(11_000);
  expect(latencyStore.getState().latency).toBeNull();
});

test('a new line begins anew', () => {
  askTheTime();
  price(5);
  watch.newLine();
  vi.advanceTimersByTime(SHOWN_EVERY_MS);
  price(5);
  vi.advanceTimersByTime(SHOWN_EVERY_MS);
  expect(shown).toEqual([]);
});

test('a price that no exchange has just made has no way from one', () => {
  askTheTime();
  price(5, 'BTC', null);
  vi.advanceTimersByTime(SHOWN_EVERY_MS);
  expect(latencyStore.getState().latency?.feed).toBeNull();
});

test('a clock that is known only roughly makes no negative time', () => {
  askTheTime();
  price(-1);
  vi.advanceTimersByTime(SHOWN_EVERY_MS);
  expect(latencyStore.getState().latency?.wire).toBe(0);
});
