import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { StrictMode } from 'react';
import { beforeEach, expect, test } from 'vitest';
import { keepReturnPath } from '@/lib/return-path';
import { sessionStore } from '@/lib/stores/session';
import { makeSignedIn } from '@/testing/factories';
import { answerRoutes, ok, refusal } from '@/testing/fetch';
import { showPage } from '@/testing/show-page';
import { CallbackPage } from './callback-page';

function arrive(search: string) {
  return showPage(
    <StrictMode>
      <CallbackPage />
    </StrictMode>,
    { pathname: '/auth/callback', search },
  );
}

beforeEach(() => {
  sessionStore.getState().end();
  keepReturnPath('/');
});

test('the code is exchanged, once, for a session', async () => {
  const sent = answerRoutes({ 'POST /auth/exchange': [ok(makeSignedIn({ token: 't' }))] });
  arrive('?code=once');
  expect((await screen.findByTestId('elsewhere')).textContent).toBe('/');
  expect(sessionStore.getState().token).toBe('t');
  expect(sent.map(({ body }) => body)).toEqual([{ code: 'once' }]);
});

test('it goes on where the provider was asked for', async () => {
  keepReturnPath('/account/security');
  answerRoutes({ 'POST /auth/exchange': [ok(makeSignedIn())] });
  arrive('?code=once');
  expect((await screen.findByTestId('elsewhere')).textContent).toBe('/account/security');
});

test('never to another site', async () => {
  keepReturnPath('//evil.example');
  answerRoutes({ 'POST /auth/exchange': [ok(makeSignedIn())] });
  arrive('?code=once');
  expect((await screen.findByTestId('elsewhere')).textContent).toBe('/');
});

test('the second factor is asked for here too', async () => {
  const sent = answerRoutes({
    'POST /auth/exchange': [refusal(401, 'second_factor_required'), ok(makeSignedIn({ token: 't' }))],
  });
  arrive('?code=once');
  await userEvent.type(await screen.findByTestId('second-factor-code'), '123456');
  expect((await screen.findByTestId('elsewhere')).textContent).toBe('/');
  expect(sent.at(-1)?.body).toEqual({ code: 'once', secondFactor: '123456' });
});

test('a code that is good no longer is told in words', async () => {
  answerRoutes({ 'POST /auth/exchange': refusal(401, 'sign_in_expired') });
  arrive('?code=once');
  expect((await screen.findByTestId('callback-error')).textContent).toContain('has expired');
});

test.each([
  ['cancelled', 'was cancelled'],
  ['state_mismatch', 'another browser'],
  ['email_unverified', 'hasn’t verified your e-mail'],
  ['already_linked', 'already signs somebody else in'],
  ['something_new', 'could not be finished'],
])('%s is told in words', async (code, words) => {
  answerRoutes({});
  arrive(`?error=${code}`);
  expect((await screen.findByTestId('callback-error')).textContent).toContain(words);
  await userEvent.click(screen.getByRole('button', { name: 'Back to sign-in' }));
  expect((await screen.findByTestId('elsewhere')).textContent).toBe('/signin');
});

test('a provider that is linked now leads back to the settings', async () => {
  sessionStore.getState().begin(makeSignedIn());
  keepReturnPath('/account/security');
  answerRoutes({ 'GET /auth/status': ok({ providers: [{ name: 'google', label: 'Google' }] }) });
  arrive('?linked=google');
  expect((await screen.findByTestId('elsewhere')).textContent).toBe('/account/security');
});
