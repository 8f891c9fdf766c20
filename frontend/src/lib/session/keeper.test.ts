import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sessionStore } from '@/lib/stores/session';
import { makeSignedIn } from '@/testing/factories';
import { answerFetch, ok, refusal } from '@/testing/fetch';
import { setCsrfCookie, tokenFor } from '@/testing/session';
import { signOut } from './enter';
import { SessionKeeper, TIMING, lifetimeOf } from './keeper';
import { refreshSession } from './refresh';

const QUARTER_S = 900;
const session = () => sessionStore.getState();
const renewed = (name: string) => ok(makeSignedIn({ token: tokenFor(QUARTER_S, name) }));

let keeper: SessionKeeper;
let otherTab: BroadcastChannel;

beforeEach(() => {
  vi.useFakeTimers();
  sessionStore.setState({ ...sessionStore.getInitialState() });
  setCsrfCookie('csrf');
  keeper = new SessionKeeper();
  otherTab = new BroadcastChannel('cfdesk.session');
});
afterEach(() => {
  keeper.stop();
  otherTab.close();
  vi.useRealTimers();
  setCsrfCookie(null);
});

async function until(condition: () => boolean) {
  vi.useRealTimers();
  await vi.waitFor(() => expect(condition()).toBe(true));
}

test('a page that is loaded asks whether somebody is signed in', async () => {
  answerFetch(renewed('a'));
  keeper.start();
  expect(session().status).toBe('unknown');
  await vi.advanceTimersByTimeAsync(0);
  expect(session()).toMatchObject({ status: 'signed-in', email: 'ada@example.com' });
});

test('nobody is signed in without the cookie, and nobody is asked', async () => {
  setCsrfCookie(null);
  const sent = answerFetch();
  keeper.start();
  await vi.advanceTimersByTimeAsync(0);
  expect(session().status).toBe('signed-out');
  expect(sent).toEqual([]);
});

test('a token is replaced a minute before its end, and the next one again', async () => {
  const sent = answerFetch(renewed('a'), renewed('b'), renewed('c'));
  keeper.start();
  await vi.advanceTimersByTimeAsync((QUARTER_S - 61) * 1000);
  expect(sent).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(session().token).toBe(tokenFor(QUARTER_S, 'b'));
  await vi.advanceTimersByTimeAsync((QUARTER_S - 60) * 1000);
  expect(session().token).toBe(tokenFor(QUARTER_S, 'c'));
});

test('while the server is away the session is kept and asked for again, after growing pauses', async () => {
  const sent = answerFetch(refusal(503, 'unavailable'), 'no answer', renewed('a'));
  keeper.start();
  await vi.advanceTimersByTimeAsync(0);
  expect(session()).toMatchObject({ status: 'unknown', isUnconfirmed: true });
  await vi.advanceTimersByTimeAsync(TIMING.retryMs);
  expect(sent).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(2 * TIMING.retryMs);
  expect(session()).toMatchObject({ status: 'signed-in', isUnconfirmed: false });
});

test('what others have asked for in vain is asked for again too', async () => {
  answerFetch(renewed('a'), refusal(503, 'unavailable'), renewed('b'));
  keeper.start();
  await vi.advanceTimersByTimeAsync(0);
  expect(await refreshSession()).toBe('unconfirmed');
  await vi.advanceTimersByTimeAsync(TIMING.retryMs);
  expect(session().token).toBe(tokenFor(QUARTER_S, 'b'));
});

test('what was slept through is made up for on waking', async () => {
  const sent = answerFetch(renewed('a'), renewed('b'));
  keeper.start();
  await vi.advanceTimersByTimeAsync(0);
  // The clock goes on while timers stand still
  vi.setSystemTime(Date.now() + QUARTER_S * 1000);
  document.dispatchEvent(new Event('visibilitychange'));
  await vi.advanceTimersByTimeAsync(0);
  expect(sent).toHaveLength(2);
  expect(session().token).toBe(tokenFor(QUARTER_S, 'b'));
});

test('nothing is asked for on every look at the page', async () => {
  const sent = answerFetch(renewed('a'));
  keeper.start();
  await vi.advanceTimersByTimeAsync(0);
  document.dispatchEvent(new Event('visibilitychange'));
  window.dispatchEvent(new Event('online'));
  await vi.advanceTimersByTimeAsync(0);
  expect(sent).toHaveLength(1);
});

test('a network that is back is tried at once', async () => {
  answerFetch('no answer', renewed('a'));
  keeper.start();
  await vi.advanceTimersByTimeAsync(0);
  window.dispatchEvent(new Event('online'));
  await vi.advanceTimersByTimeAsync(0);
  expect(session().status).toBe('signed-in');
});

test('signing out in another tab signs out here', async () => {
  answerFetch(renewed('a'));
  keeper.start();
  await vi.advanceTimersByTimeAsync(0);
  otherTab.postMessage('signed-out');
  await until(() => session().status === 'signed-out');
  expect(session().notice).toBe('You signed out in another tab.');
});

test('signing in in another tab signs in here, by the cookie', async () => {
  session().end();
  answerFetch(renewed('a'));
  keeper.start();
  otherTab.postMessage('signed-in');
  await until(() => session().status === 'signed-in');
});

test('signing out tells the other tabs, once the server has done it', async () => {
  const heard: unknown[] = [];
  otherTab.onmessage = ({ data }) => heard.push(data);
  const sent = answerFetch(renewed('a'), 'no answer', ok());
  keeper.start();
  await vi.advanceTimersByTimeAsync(0);
  vi.useRealTimers();

  await expect(signOut()).rejects.toThrow();
  expect(session().status).toBe('signed-in');
  await signOut();
  expect(session().status).toBe('signed-out');
  expect(sent.at(-1)?.headers).toMatchObject({ Authorization: `Bearer ${tokenFor(QUARTER_S, 'a')}`, 'X-CSRF-TOKEN': 'csrf' });
  await vi.waitFor(() => expect(heard).toEqual(['signed-out']));
});

test('a token’s life is counted by the server’s clock', () => {
  expect(lifetimeOf(tokenFor(QUARTER_S))).toBe(QUARTER_S * 1000);
  expect(['', 't', 'a.b.c', `a.${btoa('{}')}.c`].map(lifetimeOf)).toEqual([null, null, null, null]);
});
