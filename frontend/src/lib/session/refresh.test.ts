import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { sessionStore } from '@/lib/stores/session';
import { makeSignedIn } from '@/testing/factories';
import { answerFetch, answerRoutes, ok, refusal } from '@/testing/fetch';
import { setCsrfCookie } from '@/testing/session';
import { refreshSession } from './refresh';

const session = () => sessionStore.getState();
const renewed = ok(makeSignedIn({ token: 'new' }));

beforeEach(() => {
  setCsrfCookie('csrf-1');
  session().begin(makeSignedIn({ token: 'old' }));
});
afterEach(() => {
  setCsrfCookie(null);
  vi.unstubAllGlobals();
});

describe('refreshing a session', () => {
  test('goes by the cookie and the header that repeats its readable half, without a token', async () => {
    const sent = answerFetch(renewed);
    expect(await refreshSession()).toBe('renewed');
    expect(sent[0]).toMatchObject({ method: 'POST', path: '/api/v2/user/refresh', headers: { 'X-CSRF-TOKEN': 'csrf-1' } });
    expect(sent[0]?.headers).not.toHaveProperty('Authorization');
    expect(session()).toMatchObject({ token: 'new', status: 'signed-in', email: 'ada@example.com' });
  });

  test('is one request, however many ask at once, and another one afterwards', async () => {
    const sent = answerFetch(renewed, renewed);
    expect(await Promise.all([refreshSession(), refreshSession(), refreshSession()])).toEqual(['renewed', 'renewed', 'renewed']);
    expect(sent).toHaveLength(1);
    await refreshSession();
    expect(sent).toHaveLength(2);
  });

  test('without the cookie there is no session to ask for', async () => {
    setCsrfCookie(null);
    const sent = answerFetch();
    expect(await refreshSession()).toBe('ended');
    expect(sent).toEqual([]);
    expect(session().status).toBe('signed-out');
  });

  test('a refused cookie is the session’s end, and the sign-in page says so', async () => {
    answerFetch(refusal(401, 'session_ended'));
    expect(await refreshSession()).toBe('ended');
    expect(session()).toMatchObject({ token: null, notice: 'Your session has ended. Please sign in again.' });
  });

  test('who has just opened the page is told of no end', async () => {
    sessionStore.setState({ ...sessionStore.getInitialState() });
    answerFetch(refusal(401, 'session_ended'));
    await refreshSession();
    expect(session()).toMatchObject({ status: 'signed-out', notice: null });
  });

  test.each([
    ['a dependency is down', refusal(503, 'unavailable')],
    ['too many have asked', refusal(429, 'too_many_requests')],
    ['a proxy has lost the server', { status: 502, body: '<html>' }],
    ['a proxy answers in the server’s place', { status: 200, body: '<html>' }],
    ['there is no answer', 'no answer' as const],
  ])('the session is kept when %s', async (_, answer) => {
    answerFetch(answer);
    expect(await refreshSession()).toBe('unconfirmed');
    expect(session()).toMatchObject({ token: 'old', status: 'signed-in', isUnconfirmed: true });
  });

  test('a cookie that another tab has changed meanwhile is asked with once more', async () => {
    const sent = answerRoutes({ 'POST /user/refresh': [refusal(401, 'unauthorized'), renewed] });
    const asked = refreshSession();
    setCsrfCookie('csrf-2');
    expect(await asked).toBe('renewed');
    expect(sent.map(({ headers }) => headers['X-CSRF-TOKEN'])).toEqual(['csrf-1', 'csrf-2']);
  });

  test('an answer that comes after a sign-out signs nobody in', async () => {
    answerFetch(renewed);
    const asked = refreshSession();
    session().end();
    expect(await asked).toBe('ended');
    expect(session().token).toBeNull();
  });

  test('a refusal that comes after a new sign-in ends nothing', async () => {
    answerFetch(refusal(401, 'session_ended'));
    const asked = refreshSession();
    session().begin(makeSignedIn({ token: 'another' }));
    expect(await asked).toBe('renewed');
    expect(session().token).toBe('another');
  });
});

describe('across tabs', () => {
  test('one waits for the other, and sends the cookie of after that', async () => {
    let letGo = () => {};
    const turn = new Promise<void>((resolve) => (letGo = resolve));
    const locks = { request: async (_: string, __: object, work: () => Promise<unknown>) => turn.then(work) };
    vi.stubGlobal('navigator', { locks });
    const sent = answerFetch(renewed);
    const asked = refreshSession();
    setCsrfCookie('csrf-of-the-other-tab');
    expect(sent).toEqual([]);
    letGo();
    expect(await asked).toBe('renewed');
    expect(sent[0]?.headers['X-CSRF-TOKEN']).toBe('csrf-of-the-other-tab');
  });

  test('a tab that hangs with the lock keeps nobody waiting for ever', async () => {
    const locks = { request: () => Promise.reject(new DOMException('timed out', 'TimeoutError')) };
    vi.stubGlobal('navigator', { locks });
    answerFetch(renewed);
    expect(await refreshSession()).toBe('renewed');
  });
});
