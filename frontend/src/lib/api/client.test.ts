import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sessionStore } from '@/lib/stores/session';
import { makeSignedIn } from '@/testing/factories';
import { answerFetch, answerRoutes, ok, refusal } from '@/testing/fetch';
import { setCsrfCookie } from '@/testing/session';
import { request } from './client';
import { ApiError, NetworkError, describeError, fieldErrors, isOutcomeUnknown } from './errors';

const session = () => sessionStore.getState();

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('expected a failure');
    },
    (error: unknown) => error,
  );
}

describe('calling the API', () => {
  beforeEach(() => session().end());

  test('sends the token, the body, the query and the idempotency key', async () => {
    session().begin(makeSignedIn({ token: 't0' }));
    const sent = answerFetch({ status: 200, body: { ok: true } });
    await request('/x', { method: 'POST', body: { a: 1 }, query: { limit: 5, cursor: null }, idempotencyKey: 'k' });
    expect(sent[0]).toMatchObject({
      path: '/api/v2/x?limit=5',
      body: { a: 1 },
      headers: { Authorization: 'Bearer t0', 'Idempotency-Key': 'k' },
    });
  });

  test('a refused token ends the session and says so', async () => {
    session().begin(makeSignedIn({ token: 't0' }));
    answerFetch({ status: 401, body: { error: 'Sign in first.', code: 'unauthorized' } });
    await failureOf(request('/x'));
    expect(session().token).toBeNull();
    expect(session().notice).toBe('Your session has ended. Please sign in again.');
  });

  test('a wrong password is not the end of a session', async () => {
    answerFetch({ status: 401, body: { error: 'E-mail or password is wrong.', code: 'bad_credentials' } });
    const error = await failureOf(request('/user/signin', { method: 'POST', body: {} }));
    expect(describeError(error)).toBe('E-mail or password is wrong.');
    expect(session().notice).toBeNull();
  });
});

describe('a token that is refused', () => {
  beforeEach(() => {
    setCsrfCookie('csrf');
    session().begin(makeSignedIn({ token: 'old' }));
  });
  afterEach(() => setCsrfCookie(null));

  const renewed = ok(makeSignedIn({ token: 'new' }));
  const tokensOf = (sent: { path: string; headers: Record<string, string> }[], path: string) =>
    sent.filter((request) => request.path === path).map(({ headers }) => headers.Authorization);

  test.each(['expired_token', 'invalid_token', 'session_ended'])('is replaced after %s, and the request repeated', async (code) => {
    const sent = answerRoutes({ 'POST /x': [refusal(401, code), ok({ x: 1 })], 'POST /user/refresh': renewed });
    expect(await request('/x', { method: 'POST', body: { a: 1 }, idempotencyKey: 'k' })).toEqual({ x: 1 });
    expect(tokensOf(sent, '/api/v2/x')).toEqual(['Bearer old', 'Bearer new']);
    expect(sent.at(-1)).toMatchObject({ body: { a: 1 }, headers: { 'Idempotency-Key': 'k' } });
  });

  test('is replaced once for all requests that met it', async () => {
    const sent = answerRoutes({
      'GET /x': [refusal(401, 'expired_token'), ok({ x: 1 })],
      'GET /y': [refusal(401, 'expired_token'), ok({ y: 1 })],
      'POST /user/refresh': [renewed],
    });
    expect(await Promise.all([request('/x'), request('/y')])).toEqual([{ x: 1 }, { y: 1 }]);
    expect(sent.filter(({ path }) => path === '/api/v2/user/refresh')).toHaveLength(1);
  });

  test('that was replaced meanwhile is not asked for again', async () => {
    const sent = answerRoutes({ 'GET /x': [refusal(401, 'expired_token'), ok({})] });
    const answer = request('/x');
    session().begin(makeSignedIn({ token: 'newer' }));
    await answer;
    expect(tokensOf(sent, '/api/v2/x')).toEqual(['Bearer old', 'Bearer newer']);
  });

  test('once more ends the session: there are no circles', async () => {
    const sent = answerRoutes({ 'GET /x': refusal(401, 'invalid_token'), 'POST /user/refresh': renewed });
    await failureOf(request('/x'));
    expect(sent).toHaveLength(3);
    expect(session().status).toBe('signed-out');
  });

  test('is kept while nobody can say whether the session goes on', async () => {
    answerRoutes({ 'GET /x': refusal(401, 'expired_token'), 'POST /user/refresh': refusal(503, 'unavailable') });
    const error = await failureOf(request('/x'));
    expect(describeError(error)).toContain('can’t be confirmed right now');
    expect(isOutcomeUnknown(error)).toBe(false);
    expect(session().token).toBe('old');
  });

  test.each(['wrong_credentials', 'wrong_code', 'wrong_second_factor', 'second_factor_required'])(
    'is another matter than %s',
    async (code) => {
      const sent = answerRoutes({ 'POST /x': refusal(401, code) });
      await failureOf(request('/x', { method: 'POST' }));
      expect(sent).toHaveLength(1);
      expect(session().token).toBe('old');
    },
  );
});

describe('errors are told in words', () => {
  test('the server’s sentence, and its messages by field', async () => {
    const details = [
      { field: 'email', message: 'Not an address.' },
      { field: 'email', message: 'Second.' },
    ];
    answerFetch({ status: 400, body: { error: 'The input is not valid.', code: 'invalid_input', details } });
    const error = await failureOf(request('/x'));
    expect(describeError(error)).toBe('The input is not valid.');
    expect(fieldErrors(error)).toEqual({ email: 'Not an address.' });
  });

  test('how long to wait after too many tries', async () => {
    answerFetch({ status: 429, body: { error: 'Too many attempts.', code: 'rate_limited' }, headers: { 'Retry-After': '42' } });
    expect(describeError(await failureOf(request('/x')))).toBe('Too many attempts. Try again in 42 seconds.');
  });

  test('a proxy’s page of HTML', async () => {
    answerFetch({ status: 502, body: '<html>Bad gateway</html>' });
    const error = await failureOf(request('/x'));
    expect(describeError(error)).toBe('The server answered with an error (502).');
    expect(isOutcomeUnknown(error)).toBe(true);
  });

  test('no answer at all leaves open what happened; a refusal does not', async () => {
    answerFetch('no answer');
    const error = await failureOf(request('/x'));
    expect(error).toBeInstanceOf(NetworkError);
    expect(isOutcomeUnknown(error)).toBe(true);
    expect(isOutcomeUnknown(new ApiError(503, 'stale', 'The price is stale.'))).toBe(false);
  });
});
