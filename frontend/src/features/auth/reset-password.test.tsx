import { act, fireEvent, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, test, vi } from 'vitest';
import { answerRoutes, ok, refusal } from '@/testing/fetch';
import { showPage } from '@/testing/show-page';
import { ForgotPasswordPage } from './forgot-password-page';
import { ResetPasswordPage } from './reset-password-page';

const AT = { pathname: '/reset-password', state: { email: 'ada@example.com' } };

afterEach(() => vi.useRealTimers());

async function fill(code: string, password: string) {
  await userEvent.type(screen.getByTestId('reset-code'), code);
  await userEvent.type(screen.getByTestId('reset-password'), password);
  await userEvent.click(screen.getByTestId('reset-submit'));
}

test('a code is asked for by e-mail, and entered on the next page', async () => {
  const sent = answerRoutes({ 'POST /user/password-reset': ok() });
  showPage(<ForgotPasswordPage />, '/forgot-password');
  await userEvent.click(screen.getByTestId('forgot-submit'));
  expect(screen.getByRole('alert').textContent).toBe('Enter your e-mail address.');
  await userEvent.type(screen.getByTestId('forgot-email'), 'ada@example.com');
  await userEvent.click(screen.getByTestId('forgot-submit'));
  expect((await screen.findByTestId('elsewhere')).textContent).toBe('/reset-password');
  expect(sent.map(({ body }) => body)).toEqual([{ email: 'ada@example.com' }]);
});

test('a desk without mail says so', async () => {
  answerRoutes({ 'POST /user/password-reset': refusal(409, 'mail_off', 'This desk sends no mail.') });
  showPage(<ForgotPasswordPage />, '/forgot-password');
  await userEvent.type(screen.getByTestId('forgot-email'), 'ada@example.com');
  await userEvent.click(screen.getByTestId('forgot-submit'));
  expect((await screen.findByRole('alert')).textContent).toBe('This desk sends no mail.');
});

test('code and new password lead to sign-in, with the server’s word', async () => {
  const sent = answerRoutes({ 'POST /user/password-reset/confirm': ok({ message: 'Sign in with it.' }) });
  showPage(<ResetPasswordPage />, AT);
  expect(screen.getByTestId<HTMLInputElement>('reset-password').autocomplete).toBe('new-password');
  await fill('123456', 'correct horse');
  const next = await screen.findByTestId('elsewhere');
  expect(next.textContent).toBe('/signin');
  expect(JSON.parse(next.dataset.state ?? '')).toEqual({ notice: 'Sign in with it.', email: 'ada@example.com' });
  expect(sent.at(-1)?.body).toEqual({ email: 'ada@example.com', code: '123456', password: 'correct horse' });
});

test.each([
  [401, 'wrong_code', 'This is not the code.'],
  [410, 'code_expired', 'The code is too old.'],
  [429, 'too_many_tries', 'Too many wrong codes.'],
])('a refusal with %i is told', async (status, code, sentence) => {
  answerRoutes({ 'POST /user/password-reset/confirm': refusal(status, code, sentence) });
  showPage(<ResetPasswordPage />, AT);
  await fill('123456', 'correct horse');
  expect((await screen.findByTestId('reset-error')).textContent).toBe(sentence);
});

test('what is missing is named before anything is sent', async () => {
  const sent = answerRoutes({});
  showPage(<ResetPasswordPage />, '/reset-password');
  await userEvent.type(screen.getByTestId('reset-code'), '123');
  await userEvent.click(screen.getByTestId('reset-submit'));
  expect(screen.getAllByRole('alert').map((alert) => alert.textContent)).toEqual([
    'Enter your e-mail address.',
    'The code has 6 digits.',
    'Enter a new password.',
  ]);
  expect(sent).toEqual([]);
});

test('another code can be asked for after a while', async () => {
  vi.useFakeTimers();
  const sent = answerRoutes({ 'POST /user/password-reset': ok() });
  showPage(<ResetPasswordPage />, AT);
  expect(screen.getByTestId('resend-wait').textContent).toBe('ask again in 30 s.');
  await act(() => vi.advanceTimersByTimeAsync(29_000));
  expect(screen.getByTestId('resend-wait').textContent).toBe('ask again in 1 s.');
  await act(() => vi.advanceTimersByTimeAsync(1_000));
  fireEvent.click(screen.getByTestId('resend-code'));
  await act(() => vi.advanceTimersByTimeAsync(0));
  expect(sent).toHaveLength(1);
  expect(screen.getByTestId('resend-wait')).toBeTruthy();
});
