import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryRouter } from 'react-router';
import { beforeEach, expect, test } from 'vitest';
import { sessionStore } from '@/lib/stores/session';
import { answerFetch } from '@/testing/fetch';
import { SignUpPage } from './sign-up-page';

beforeEach(() => sessionStore.getState().end());

async function signUp(email: string, password: string) {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <MemoryRouter>
        <SignUpPage />
      </MemoryRouter>
    </QueryClientProvider>,
  );
  if (email) await userEvent.type(screen.getByTestId('signup-email'), email);
  if (password) await userEvent.type(screen.getByTestId('signup-password'), password);
  await userEvent.click(screen.getByTestId('signup-submit'));
}

test('a new trader is signed in with the token of the answer', async () => {
  const sent = answerFetch({ status: 201, body: { message: '', userId: 'u', token: 't', needsVerification: false } });
  await signUp('ada@example.com', 'correct horse');
  expect(sent[0]?.body).toEqual({ email: 'ada@example.com', password: 'correct horse' });
  expect(sessionStore.getState().token).toBe('t');
});

test('what the server has against a field stands at the field', async () => {
  const details = [{ field: 'password', message: 'A password has at least 8 characters.' }];
  answerFetch({ status: 400, body: { error: 'The input is not valid.', code: 'invalid_input', details } });
  await signUp('ada@example.com', 'short');
  expect((await screen.findByRole('alert')).textContent).toBe('A password has at least 8 characters.');
  expect(screen.getByTestId('signup-password').getAttribute('aria-invalid')).toBe('true');
});

test('a refusal that belongs to no field is a sentence of its own', async () => {
  answerFetch({ status: 409, body: { error: 'This e-mail address is taken.', code: 'email_taken' } });
  await signUp('ada@example.com', 'correct horse');
  expect((await screen.findByTestId('signup-error')).textContent).toBe('This e-mail address is taken.');
});

test('without a token the trader is sent to the mailbox', async () => {
  answerFetch({ status: 201, body: { message: '', userId: null, token: null, needsVerification: true } });
  await signUp('ada@example.com', 'correct horse');
  expect(await screen.findByText('Look in your mailbox')).toBeTruthy();
  expect(sessionStore.getState().token).toBeNull();
});

test('empty fields are named before anything is sent', async () => {
  const sent = answerFetch();
  await signUp('', '');
  expect(screen.getAllByRole('alert')).toHaveLength(2);
  expect(sent).toEqual([]);
});
