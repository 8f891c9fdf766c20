import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sessionStore } from '@/lib/stores/session';
import { makeSignedIn } from '@/testing/factories';
import { answerRoutes, ok, refusal } from '@/testing/fetch';
import { setCsrfCookie } from '@/testing/session';
import { confirmSession } from './confirm';

beforeEach(() => {
  vi.useFakeTimers();
  setCsrfCookie('csrf');
  sessionStore.getState().begin(makeSignedIn({ token: 'old' }));
});
afterEach(() => {
  setCsrfCookie(null);
  vi.useRealTimers();
});

test('what the stream refuses again and again is asked for a few times, and then with pauses', async () => {
  const sent = answerRoutes({ 'POST /user/refresh': ok(makeSignedIn({ token: 'new' })) });
  for (let refusals = 0; refusals < 10; refusals += 1) {
    confirmSession();
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(sent).toHaveLength(3);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(sent).toHaveLength(4);
});

test('a session that has been confirmed a moment ago and is ended then is over at once', async () => {
  vi.setSystemTime(Date.now() + 60_000);
  answerRoutes({ 'POST /user/refresh': [ok(makeSignedIn({ token: 'new' })), refusal(401, 'session_ended')] });
  confirmSession();
  await vi.advanceTimersByTimeAsync(1_000);
  confirmSession();
  await vi.advanceTimersByTimeAsync(0);
  expect(sessionStore.getState()).toMatchObject({ status: 'signed-out', notice: 'Your session has ended. Please sign in again.' });
});
