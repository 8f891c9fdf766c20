import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import { sessionStore } from '@/lib/stores/session';
import { makeSignedIn } from '@/testing/factories';
import { answerRoutes, ok, refusal } from '@/testing/fetch';
import { showPage } from '@/testing/show-page';
import { SignUpPage } from './sign-up-page';

const NO_PROVIDERS = { 'GET /auth/status': ok({ providers: [] }) };
const MAILED = { status: 201, body: { message: '', userId: null, email: 'ada@example.com', token: null, needsVerification: true } };

beforeEach(() => sessionStore.getState().end());

async function signUp(email: string, password: string) {
  showPage(<SignUpPage />, '/signup');
  if (email) await userEvent.type(screen.getByTestId('signup-email'), email);
  if (password) await userEvent.type(screen.getByTestId('signup-password'), password);
  await userEvent.click(screen.getByTestId('signup-submit'));
}

test('a new trader is signed in with the token of the answer', async () => {
  const sent = answerRoutes({ ...NO_PROVIDERS, 'POST /user/signup': { status: 201, body: makeSignedIn({ token: 't' }) } });
  await signUp('ada@example.com', 'correct horse');
  expect(sent.at(-1)?.body).toEqual({ email: 'ada@example.com', password: 'correct horse' });
  expect(sessionStore.getState().token).toBe('t');
});

test('what the server has against a field stands at the field', async () => {
  const details = [{ field: 'password', message: 'A password has at least 8 characters.' }];
  answerRoutes({ ...NO_PROVIDERS, 'POST /user/signup': refusal(400, 'invalid_input', 'Not valid.', details) });
  await signUp('ada@example.com', 'short');
  expect((await screen.findByRole('alert')).textContent).toBe('A password has at least 8 characters.');
  expect(screen.getByTestId('signup-password').getAttribute('aria-invalid')).toBe('true');
});

test('a refusal that belongs to no field is a sentence of its own', async () => {
  answerRoutes({ ...NO_PROVIDERS, 'POST /user/signup': refusal(409, 'email_taken', 'This e-mail address is taken.') });
  await signUp('ada@example.com', 'correct horse');
  expect((await screen.findByTestId('signup-error')).textContent).toBe('This e-mail address is taken.');
});

test('empty fields are named before anything is sent', async () => {
  const sent = answerRoutes(NO_PROVIDERS);
  await signUp('', '');
  expect(screen.getAllByRole('alert')).toHaveLength(2);
  expect(sent.filter(({ method }) => method === 'POST')).toEqual([]);
});

test('the length of a password is judged while it is typed', async () => {
  answerRoutes(NO_PROVIDERS);
  showPage(<SignUpPage />, '/signup');
  expect(screen.getByText('At least 8 characters')).toBeTruthy();
  await userEvent.type(screen.getByTestId('signup-password'), '1234567');
  expect(screen.getByText('1 more character')).toBeTruthy();
  await userEvent.type(screen.getByTestId('signup-password'), '890123456');
  expect(screen.getByText('A very good length')).toBeTruthy();
});

test('a password can be looked at', async () => {
  answerRoutes(NO_PROVIDERS);
  showPage(<SignUpPage />, '/signup');
  const field = screen.getByTestId<HTMLInputElement>('signup-password');
  expect(field.type).toBe('password');
  await userEvent.click(screen.getByRole('button', { name: 'Show the password' }));
  expect(field.type).toBe('text');
});

test('who is mailed a code enters it, and is signed in', async () => {
  const sent = answerRoutes({
    ...NO_PROVIDERS,
    'POST /user/signup': MAILED,
    'POST /user/verify-email': [refusal(401, 'wrong_code', 'This is not the code.'), ok()],
    'POST /user/signin': ok(makeSignedIn({ token: 't' })),
  });
  await signUp('ada@example.com', 'correct horse');
  const field = await screen.findByTestId<HTMLInputElement>('verify-code');
  expect(sessionStore.getState().token).toBeNull();
  expect(field.autocomplete).toBe('one-time-code');

  // Pasted with a space, as mails show codes; the last digit sends it off
  await userEvent.click(field);
  await userEvent.paste('123 456');
  expect((await screen.findByRole('alert')).textContent).toBe('This is not the code.');
  await userEvent.type(field, '654321', { initialSelectionStart: 0, initialSelectionEnd: 6 });
  await expect.poll(() => sessionStore.getState().token).toBe('t');
  const codes = sent.filter(({ path }) => path === '/api/v2/user/verify-email').map(({ body }) => body);
  expect(codes).toEqual([
    { email: 'ada@example.com', code: '123456' },
    { email: 'ada@example.com', code: '654321' },
  ]);
});

test('an account whose password was somebody else’s is told to set one', async () => {
  answerRoutes({
    ...NO_PROVIDERS,
    'POST /user/signup': MAILED,
    'POST /user/verify-email': ok({ message: 'Set a password with a password reset' }),
    'POST /user/signin': refusal(401, 'wrong_credentials'),
  });
  await signUp('ada@example.com', 'correct horse');
  await userEvent.type(await screen.findByTestId('verify-code'), '123456');
  const next = await screen.findByTestId('elsewhere');
  expect(next.textContent).toBe('/signin');
  expect(JSON.parse(next.dataset.state ?? '')).toEqual({ notice: 'Set a password with a password reset', email: 'ada@example.com' });
});
