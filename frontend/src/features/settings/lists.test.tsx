import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test } from 'vitest';
import { sessionStore } from '@/lib/stores/session';
import { makeMe, makeSignedIn } from '@/testing/factories';
import { answerRoutes, ok, refusal } from '@/testing/fetch';
import { showPage } from '@/testing/show-page';
import { ActivitySection } from './activity-section';
import type { ApiKeyRow, SecurityEvent, SessionRow } from './api';
import { ApiKeysSection } from './api-keys-section';
import { SessionsSection } from './sessions-section';

const PROVIDERS = { 'GET /auth/status': ok({ providers: [{ name: 'acme', label: 'Acme' }] }) };
const CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36';

function makeSession(part: Partial<SessionRow>): SessionRow {
  return {
    ...{ sessionId: 's1', current: false, way: 'password', address: '203.0.113.7', userAgent: CHROME },
    ...{ createdAt: 1_700_000_000_000, usedAt: 1_700_000_000_000, ...part },
  };
}

function makeKey(part: Partial<ApiKeyRow> = {}): ApiKeyRow {
  return {
    ...{ keyId: 'k1', name: 'Grid bot', hint: 'cfd_aaaa', scopes: ['read', 'trade'], addresses: ['203.0.113.0/24'] },
    ...{ createdAt: 1_700_000_000_000, expiresAt: null, usedAt: null, ...part },
  };
}

function makeEvent(part: Partial<SecurityEvent>): SecurityEvent {
  return { id: 1, at: 1_700_000_000_000, kind: 'signed_in', address: '203.0.113.7', userAgent: CHROME, details: {}, ...part };
}

beforeEach(() => sessionStore.getState().begin(makeSignedIn()));

describe('sessions', () => {
  const OWN = makeSession({ sessionId: 'own', current: true });
  const OTHER = makeSession({ sessionId: 'other', way: 'acme', userAgent: 'curl/8.5' });

  test('one’s own comes first and can’t be ended here; another one can', async () => {
    const sent = answerRoutes({
      ...PROVIDERS,
      'GET /user/sessions': [ok({ sessions: [OTHER, OWN] }), ok({ sessions: [OWN] })],
      'DELETE /user/sessions/other': ok(),
    });
    showPage(<SessionsSection />);
    const rows = await screen.findAllByTestId('session-row');
    expect(rows.map((row) => row.querySelector('[title]')?.textContent)).toEqual(['Chrome on Linux', 'curl']);
    expect(rows[0]?.textContent).toContain('This device');
    await waitFor(() => expect(rows[1]?.textContent).toContain('signed in with Acme, 14 Nov 2023'));
    await userEvent.click(screen.getByRole('button', { name: 'End the session of curl' }));
    await waitFor(() => expect(screen.getAllByTestId('session-row')).toHaveLength(1));
    expect(sent.some(({ method }) => method === 'DELETE')).toBe(true);
  });

  test('all are ended after a question, this one too', async () => {
    answerRoutes({ ...PROVIDERS, 'GET /user/sessions': ok({ sessions: [OWN] }), 'POST /user/signout-everywhere': ok({ ended: 1 }) });
    showPage(<SessionsSection />);
    await userEvent.click(await screen.findByTestId('sign-out-everywhere'));
    expect(sessionStore.getState().status).toBe('signed-in');
    await userEvent.click(screen.getByTestId('confirm-submit'));
    await waitFor(() => expect(sessionStore.getState()).toMatchObject({ status: 'signed-out', notice: 'You are signed out everywhere.' }));
  });

  test('a failure says what is the case', async () => {
    answerRoutes({ ...PROVIDERS, 'GET /user/sessions': refusal(503, 'unavailable', 'The database is away.') });
    showPage(<SessionsSection />);
    expect(await screen.findByText('Your sessions couldn’t be loaded')).toBeTruthy();
    expect(screen.getByText('The database is away.')).toBeTruthy();
  });
});

describe('API keys', () => {
  const ME = { 'GET /user/me': ok(makeMe()) };

  test('a desk without any says what they are for', async () => {
    answerRoutes({ ...ME, 'GET /user/api-keys': ok({ keys: [] }) });
    showPage(<ApiKeysSection />);
    expect(await screen.findByText('No keys yet')).toBeTruthy();
  });

  test('a key is made with what it may and from where, and shown once', async () => {
    const sent = answerRoutes({
      ...ME,
      'GET /user/api-keys': [ok({ keys: [] }), ok({ keys: [makeKey()] })],
      'POST /user/api-keys': { status: 201, body: { message: '', key: 'cfd_secret', apiKey: makeKey() } },
    });
    showPage(<ApiKeysSection />);
    await userEvent.click(await screen.findByTestId('api-key-new'));
    await userEvent.type(await screen.findByTestId('api-key-name'), 'Grid bot');
    await userEvent.click(screen.getByTestId('api-key-trade'));
    await userEvent.type(screen.getByTestId('api-key-addresses'), '203.0.113.7, 2001:db8::/32');
    await userEvent.click(screen.getByRole('radio', { name: 'No expiry' }));
    await userEvent.type(screen.getByTestId('api-key-owner-password'), 'correct horse');
    await userEvent.click(screen.getByTestId('api-key-submit'));
    expect((await screen.findByTestId('api-key-text')).textContent).toBe('cfd_secret');
    expect(sent.find(({ method }) => method === 'POST')?.body).toEqual({
      name: 'Grid bot',
      scopes: ['read', 'trade'],
      addresses: ['203.0.113.7', '2001:db8::/32'],
      password: 'correct horse',
    });
    await userEvent.click(screen.getByTestId('api-key-done'));
    expect(screen.queryByText('cfd_secret')).toBeNull();
    expect((await screen.findByTestId('api-key-row')).textContent).toContain('only from 203.0.113.0/24');
  });

  test('reads alone, for 90 days, unless said otherwise', async () => {
    const sent = answerRoutes({ ...ME, 'GET /user/api-keys': ok({ keys: [] }), 'POST /user/api-keys': refusal(400, 'invalid_input') });
    showPage(<ApiKeysSection />);
    await userEvent.click(await screen.findByTestId('api-key-new'));
    await userEvent.type(await screen.findByTestId('api-key-name'), 'Tax');
    await userEvent.type(screen.getByTestId('api-key-owner-password'), 'correct horse');
    await userEvent.click(screen.getByTestId('api-key-submit'));
    expect(await screen.findByTestId('api-key-error')).toBeTruthy();
    const body = sent.find(({ method }) => method === 'POST')?.body as { scopes: string[]; expiresAt: number };
    expect(body.scopes).toEqual(['read']);
    expect(Math.round((body.expiresAt - Date.now()) / 86_400_000)).toBe(90);
  });

  test('what the server has against an address stands at the field', async () => {
    const details = [{ field: 'addresses', message: 'This is no network.' }];
    answerRoutes({ ...ME, 'GET /user/api-keys': ok({ keys: [] }), 'POST /user/api-keys': refusal(400, 'invalid_input', 'No.', details) });
    showPage(<ApiKeysSection />);
    await userEvent.click(await screen.findByTestId('api-key-new'));
    await userEvent.type(await screen.findByTestId('api-key-name'), 'Tax');
    await userEvent.type(screen.getByTestId('api-key-addresses'), 'here');
    await userEvent.type(screen.getByTestId('api-key-owner-password'), 'correct horse');
    await userEvent.click(screen.getByTestId('api-key-submit'));
    expect((await screen.findByRole('alert')).textContent).toBe('This is no network.');
  });

  test('a key is revoked after a question', async () => {
    answerRoutes({
      ...ME,
      'GET /user/api-keys': [ok({ keys: [makeKey()] }), ok({ keys: [] })],
      'DELETE /user/api-keys/k1': [refusal(503, 'unavailable', 'The database is away.'), ok()],
    });
    showPage(<ApiKeysSection />);
    await userEvent.click(await screen.findByRole('button', { name: 'Revoke Grid bot' }));
    const dialog = within(screen.getByRole('dialog', { name: 'Revoke the key' }));
    await userEvent.click(dialog.getByTestId('confirm-submit'));
    expect((await dialog.findByRole('alert')).textContent).toBe('The database is away.');
    await userEvent.click(dialog.getByTestId('confirm-submit'));
    expect(await screen.findByText('No keys yet')).toBeTruthy();
  });
});

describe('security activity', () => {
  test('is told in words, page by page', async () => {
    const sent = answerRoutes({
      ...PROVIDERS,
      'GET /user/security-events': [
        ok({ events: [makeEvent({ id: 9, details: { way: 'acme' } }), makeEvent({ id: 8, kind: 'refresh_reused' })], nextCursor: '8' }),
        ok({ events: [makeEvent({ id: 7, kind: 'something_newer' })], nextCursor: null }),
      ],
    });
    showPage(<ActivitySection />);
    expect(await screen.findByText('Signed in with Acme')).toBeTruthy();
    expect(screen.getByText(/it may have been copied/)).toBeTruthy();
    await userEvent.click(screen.getByTestId('activity-more'));
    expect(await screen.findByText('something newer')).toBeTruthy();
    expect(screen.queryByTestId('activity-more')).toBeNull();
    expect(sent.at(-1)?.path).toBe('/api/v2/user/security-events?limit=20&cursor=8');
  });
});
