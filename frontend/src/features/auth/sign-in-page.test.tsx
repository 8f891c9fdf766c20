import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import { sessionStore } from '@/lib/stores/session';
import { makeSignedIn } from '@/testing/factories';
import { answerRoutes, ok, refusal } from '@/testing/fetch';
import { showPage } from '@/testing/show-page';
import { SignInPage } from './sign-in-page';

const PROVIDERS = { 'GET /auth/status': ok({ providers: [{ name: 'acme', label: 'Acme' }] }) };
const CREDENTIALS = { email: 'ada@example.com', password: 'correct horse' };
const NEEDS_FACTOR = refusal(401, 'second_factor_required', 'The code is needed as well.');

beforeEach(() => sessionStore.getState().end());

async function signIn() {
  showPage(<SignInPage />, '/signin');
  await userEvent.type(screen.getByTestId('signin-email'), CREDENTIALS.email);
  await userEvent.type(screen.getByTestId('signin-password'), CREDENTIALS.password);
  await userEvent.click(screen.getByTestId('signin-submit'));
}

test('with the right password one is in', async () => {
  answerRoutes({ ...PROVIDERS, 'POST /user/signin': ok(makeSignedIn({ token: 't' })) });
  await signIn();
  expect(sessionStore.getState().token).toBe('t');
});

test('a wrong password is told, and both fields are those that password managers know', async () => {
  answerRoutes({ ...PROVIDERS, 'POST /user/signin': refusal(401, 'wrong_credentials', 'Wrong e-mail or password') });
  await signIn();
  expect((await screen.findByTestId('signin-error')).textContent).toBe('Wrong e-mail or password');
  expect(screen.getByTestId<HTMLInputElement>('signin-email').autocomplete).toBe('username');
  expect(screen.getByTestId<HTMLInputElement>('signin-password').autocomplete).toBe('current-password');
});

test('where a second factor is on it is asked for, and sent with its last digit', async () => {
  const sent = answerRoutes({
    ...PROVIDERS,
    'POST /user/signin': [NEEDS_FACTOR, refusal(401, 'wrong_second_factor', 'Wrong, or used.'), ok(makeSignedIn({ token: 't' }))],
  });
  await signIn();
  await userEvent.type(await screen.findByTestId('second-factor-code'), '111111');
  expect((await screen.findByRole('alert')).textContent).toBe('Wrong, or used.');
  await userEvent.type(screen.getByTestId('second-factor-code'), '222222');
  await expect.poll(() => sessionStore.getState().token).toBe('t');
  expect(sent.at(-1)?.body).toEqual({ ...CREDENTIALS, secondFactor: '222222' });
});

test('who has lost the app uses a recovery code', async () => {
  const sent = answerRoutes({ ...PROVIDERS, 'POST /user/signin': [NEEDS_FACTOR, ok(makeSignedIn({ token: 't' }))] });
  await signIn();
  await userEvent.click(await screen.findByTestId('second-factor-switch'));
  await userEvent.type(screen.getByTestId('recovery-code'), 'abcde-12345');
  await userEvent.click(screen.getByTestId('second-factor-submit'));
  await expect.poll(() => sessionStore.getState().token).toBe('t');
  expect(sent.at(-1)?.body).toMatchObject({ secondFactor: 'abcde-12345' });
});

test('too many wrong codes are told in words', async () => {
  answerRoutes({
    ...PROVIDERS,
    'POST /user/signin': [NEEDS_FACTOR, { ...refusal(429, 'too_many_tries', 'Too many.'), headers: { 'Retry-After': '300' } }],
  });
  await signIn();
  await userEvent.type(await screen.findByTestId('second-factor-code'), '111111');
  expect((await screen.findByRole('alert')).textContent).toBe('Too many. Try again in 5 minutes.');
});

test('the desk’s providers are offered', async () => {
  answerRoutes(PROVIDERS);
  showPage(<SignInPage />, '/signin');
  const link = await screen.findByTestId('continue-acme');
  expect(link.textContent).toBe('Continue with Acme');
  expect(link.getAttribute('href')).toBe('/api/v2/auth/acme');
});

test('why one is here is told: the last session’s end, or another page’s word', () => {
  answerRoutes(PROVIDERS);
  sessionStore.getState().end('Your session has ended.');
  const { unmount } = showPage(<SignInPage />, '/signin');
  expect(screen.getByTestId('signin-notice').textContent).toBe('Your session has ended.');
  unmount();

  sessionStore.getState().end();
  showPage(<SignInPage />, { pathname: '/signin', state: { notice: 'Your new password is set.', email: 'ada@example.com' } });
  expect(screen.getByTestId('signin-notice').textContent).toBe('Your new password is set.');
  expect(screen.getByTestId<HTMLInputElement>('signin-email').value).toBe('ada@example.com');
});
