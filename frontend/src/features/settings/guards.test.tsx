import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { sessionStore } from '@/lib/stores/session';
import { makeMe, makeSignedIn } from '@/testing/factories';
import { answerRoutes, ok, refusal } from '@/testing/fetch';
import { showPage } from '@/testing/show-page';
import { PasswordSection } from './password-section';
import { ProfileSection } from './profile-section';
import { ProvidersSection } from './providers-section';
import { SecondFactorSection } from './second-factor-section';

const WITH_FACTOR = makeMe({ secondFactor: { enabled: true, recoveryCodesLeft: 2 } });
const CODES = ['aaaaa-11111', 'bbbbb-22222'];
const GOOGLE = { name: 'google', label: 'Google' };

const me = (part: Parameters<typeof makeMe>[0] = {}) => ({ 'GET /user/me': ok(makeMe(part)) });
const postsOf = (sent: { method: string; path: string; body: unknown }[]) =>
  sent.filter(({ method }) => method === 'POST').map(({ path, body }) => ({ path: path.replace('/api/v2', ''), body }));

beforeEach(() => sessionStore.getState().begin(makeSignedIn()));

describe('the password', () => {
  test('is changed by who knows it', async () => {
    const sent = answerRoutes({
      ...me(),
      'POST /user/password': [refusal(403, 'wrong_password', 'The password is wrong'), ok({ message: 'Changed' })],
    });
    showPage(<PasswordSection />);
    await userEvent.click(await screen.findByTestId('change-password'));
    await userEvent.type(screen.getByTestId('password-owner-password'), 'wrong');
    await userEvent.type(screen.getByTestId('password-new'), 'a new password');
    await userEvent.click(screen.getByTestId('password-submit'));
    expect((await screen.findByRole('alert')).textContent).toBe('The password is wrong');
    expect(screen.getByTestId('password-owner-password').getAttribute('aria-invalid')).toBe('true');

    await userEvent.type(screen.getByTestId('password-owner-password'), '!');
    await userEvent.click(screen.getByTestId('password-submit'));
    await vi.waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(postsOf(sent)[1]).toEqual({ path: '/user/password', body: { password: 'a new password', currentPassword: 'wrong!' } });
  });

  test('that is too short is not sent', async () => {
    const sent = answerRoutes(me());
    showPage(<PasswordSection />);
    await userEvent.click(await screen.findByTestId('change-password'));
    await userEvent.type(screen.getByTestId('password-new'), 'short');
    await userEvent.click(screen.getByTestId('password-submit'));
    expect(screen.getAllByRole('alert').map(({ textContent }) => textContent)).toEqual([
      'Enter your password.',
      'A password has at least 8 characters.',
    ]);
    expect(postsOf(sent)).toEqual([]);
  });

  test('wants the second factor where there is one', async () => {
    const sent = answerRoutes({ 'GET /user/me': ok(WITH_FACTOR), 'POST /user/password': ok({ message: 'Changed' }) });
    showPage(<PasswordSection />);
    await userEvent.click(await screen.findByTestId('change-password'));
    await userEvent.type(screen.getByTestId('password-owner-password'), 'old password');
    await userEvent.type(screen.getByTestId('password-new'), 'a new password');
    await userEvent.type(screen.getByTestId('second-factor-code'), '123456');
    await userEvent.click(screen.getByTestId('password-submit'));
    await vi.waitFor(() => expect(postsOf(sent)).toHaveLength(1));
    expect(postsOf(sent)[0]?.body).toMatchObject({ secondFactor: '123456' });
  });

  test('is asked with a second factor that was turned on in another tab', async () => {
    answerRoutes({ ...me(), 'POST /user/password': refusal(401, 'second_factor_required') });
    showPage(<PasswordSection />);
    await userEvent.click(await screen.findByTestId('change-password'));
    await userEvent.type(screen.getByTestId('password-owner-password'), 'old password');
    await userEvent.type(screen.getByTestId('password-new'), 'a new password');
    await userEvent.click(screen.getByTestId('password-submit'));
    expect(await screen.findByTestId('second-factor-code')).toBeTruthy();
  });

  test('is set by who has none after signing in again', async () => {
    answerRoutes({
      ...me({ hasPassword: false, providers: [{ provider: 'google', email: 'a@gmail.com', linkedAt: 0 }] }),
      'GET /auth/status': ok({ providers: [GOOGLE, { name: 'github', label: 'GitHub' }] }),
      'POST /user/password': refusal(403, 'sign_in_again', 'Sign in again'),
    });
    showPage(<PasswordSection />);
    await userEvent.click(await screen.findByRole('button', { name: 'Set password' }));
    expect(screen.queryByTestId('password-owner-password')).toBeNull();
    await userEvent.type(screen.getByTestId('password-new'), 'a new password');
    await userEvent.click(screen.getByTestId('password-submit'));
    const again = within(await screen.findByTestId('sign-in-again'));
    // The linked provider alone: another one would be another account
    const links = (await again.findAllByRole('link')).map((link) => link.getAttribute('href'));
    expect(links).toEqual(['/api/v2/auth/google']);
  });
});

describe('the second factor', () => {
  test('is set up with a QR code or the secret, and the recovery codes are shown once', async () => {
    const sent = answerRoutes({
      'GET /user/me': [ok(makeMe()), ok(WITH_FACTOR)],
      'POST /user/second-factor': ok({ secret: 'JBSWY3DPEHPK3PXP', uri: 'otpauth://totp/cfdesk:ada?secret=JBSWY3DPEHPK3PXP' }),
      'POST /user/second-factor/confirm': [refusal(401, 'wrong_second_factor', 'Wrong.'), ok({ message: '', recoveryCodes: CODES })],
    });
    showPage(<SecondFactorSection />);
    await userEvent.click(await screen.findByTestId('second-factor-set-up'));
    await userEvent.type(screen.getByTestId('second-factor-owner-password'), 'correct horse');
    await userEvent.click(screen.getByTestId('second-factor-submit'));

    expect((await screen.findByTestId('second-factor-secret')).textContent).toBe('JBSW Y3DP EHPK 3PXP');
    expect(screen.getByText('QR code for your authenticator app').closest('svg')).toBeTruthy();
    await userEvent.type(screen.getByTestId('second-factor-code'), '111111');
    expect((await screen.findByRole('alert')).textContent).toBe('Wrong.');
    await userEvent.type(screen.getByTestId('second-factor-code'), '222222', { initialSelectionStart: 0, initialSelectionEnd: 6 });

    const rows = await screen.findAllByTestId('recovery-code-row');
    expect(rows.map(({ textContent }) => textContent)).toEqual(CODES);
    // Nothing but the button takes them away
    await userEvent.keyboard('{Escape}');
    expect(screen.getAllByTestId('recovery-code-row')).toHaveLength(2);
    await userEvent.click(screen.getByTestId('recovery-done'));
    expect((await screen.findByTestId('recovery-codes-left')).textContent).toBe('2 left');
    expect(postsOf(sent)[0]).toEqual({ path: '/user/second-factor', body: { password: 'correct horse' } });
  });

  test('is removed with password and code', async () => {
    const sent = answerRoutes({
      'GET /user/me': [ok(WITH_FACTOR), ok(makeMe())],
      'POST /user/second-factor/remove': [refusal(401, 'wrong_second_factor', 'Wrong.'), ok()],
    });
    showPage(<SecondFactorSection />);
    await userEvent.click(await screen.findByTestId('second-factor-remove'));
    await userEvent.type(screen.getByTestId('second-factor-remove-owner-password'), 'correct horse');
    await userEvent.type(screen.getByTestId('second-factor-code'), '111111');
    await userEvent.click(screen.getByTestId('second-factor-remove-submit'));
    expect((await screen.findByRole('alert')).textContent).toBe('Wrong.');
    await userEvent.type(screen.getByTestId('second-factor-code'), '222222');
    await userEvent.click(screen.getByTestId('second-factor-remove-submit'));
    expect(await screen.findByTestId('second-factor-set-up')).toBeTruthy();
    expect(postsOf(sent)[1]?.body).toEqual({ password: 'correct horse', code: '222222' });
  });

  test('gets new recovery codes', async () => {
    answerRoutes({ 'GET /user/me': ok(WITH_FACTOR), 'POST /user/second-factor/recovery-codes': ok({ recoveryCodes: CODES }) });
    showPage(<SecondFactorSection />);
    await userEvent.click(await screen.findByTestId('recovery-codes-renew'));
    await userEvent.type(screen.getByTestId('recovery-codes-owner-password'), 'correct horse');
    await userEvent.type(screen.getByTestId('second-factor-code'), '111111');
    await userEvent.click(screen.getByTestId('recovery-codes-submit'));
    expect(await screen.findAllByTestId('recovery-code-row')).toHaveLength(2);
  });
});

describe('the e-mail address', () => {
  test('is changed by a code that was mailed to the new one', async () => {
    const sent = answerRoutes({
      'GET /user/me': [ok(makeMe()), ok(makeMe({ email: 'new@example.com' }))],
      'POST /user/email': ok(),
      'POST /user/email/confirm': ok({ message: '', email: 'new@example.com' }),
      'POST /user/refresh': ok(makeSignedIn({ email: 'new@example.com' })),
    });
    showPage(<ProfileSection />);
    await userEvent.click(await screen.findByTestId('change-email'));
    await userEvent.type(screen.getByTestId('email-new'), 'new@example.com');
    await userEvent.type(screen.getByTestId('email-owner-password'), 'correct horse');
    await userEvent.click(screen.getByTestId('email-submit'));
    await userEvent.type(await screen.findByTestId('email-confirm-code'), '123456');
    expect(await screen.findByText('new@example.com')).toBeTruthy();
    expect(postsOf(sent).slice(0, 2)).toEqual([
      { path: '/user/email', body: { email: 'new@example.com', password: 'correct horse' } },
      { path: '/user/email/confirm', body: { code: '123456' } },
    ]);
  });

  test('stays where no mail is sent', async () => {
    answerRoutes(me({ mail: false, verified: false }));
    showPage(<ProfileSection />);
    expect(await screen.findByText(/This desk sends no mail/)).toBeTruthy();
    expect(screen.queryByTestId('change-email')).toBeNull();
  });

  test('an account that can’t be loaded is asked for again', async () => {
    answerRoutes({ 'GET /user/me': [refusal(503, 'unavailable', 'The database is away.'), ok(makeMe())] });
    showPage(<ProfileSection />);
    expect(await screen.findByText('The database is away.')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('ada@example.com')).toBeTruthy();
  });
});

describe('providers', () => {
  const LINKED = { providers: [{ provider: 'google', email: 'ada@gmail.com', linkedAt: 1_700_000_000_000 }] };
  const OFFERED = { 'GET /auth/status': ok({ providers: [GOOGLE, { name: 'github', label: 'GitHub' }] }) };

  test('are listed with whom they are linked to, and unlinked by the owner', async () => {
    const sent = answerRoutes({ ...OFFERED, 'GET /user/me': [ok(makeMe(LINKED)), ok(makeMe())], 'POST /auth/unlink/google': ok() });
    showPage(<ProvidersSection />);
    expect((await screen.findByTestId('provider-google')).textContent).toContain('ada@gmail.com · linked 14 Nov 2023');
    await userEvent.click(screen.getByTestId('unlink-google'));
    await userEvent.type(screen.getByTestId('unlink-owner-password'), 'correct horse');
    await userEvent.click(screen.getByTestId('unlink-submit'));
    expect(await screen.findByTestId('link-google')).toBeTruthy();
    expect(postsOf(sent)).toEqual([{ path: '/auth/unlink/google', body: { password: 'correct horse' } }]);
  });

  test('the last way in is not given up', async () => {
    answerRoutes({ ...OFFERED, ...me({ ...LINKED, hasPassword: false }) });
    showPage(<ProvidersSection />);
    await userEvent.click(await screen.findByTestId('unlink-google'));
    expect(screen.getByTestId('last-way-in').textContent).toContain('Google is your only way in');
  });

  test('one that the desk no longer offers can still be unlinked', async () => {
    answerRoutes({ 'GET /auth/status': ok({ providers: [] }), ...me(LINKED) });
    showPage(<ProvidersSection />);
    expect(await screen.findByTestId('unlink-google')).toBeTruthy();
  });
});
