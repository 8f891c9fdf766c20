import { request } from '@/lib/api/client';
import type { Done, SignUpAnswer, SignedInAnswer } from '@/lib/api/types';

export interface Credentials {
  email: string;
  password: string;
}

export function signUp(credentials: Credentials): Promise<SignUpAnswer> {
  return request('/user/signup', { method: 'POST', body: credentials });
}

export function signIn(credentials: Credentials & { secondFactor?: string }): Promise<SignedInAnswer> {
  return request('/user/signin', { method: 'POST', body: credentials });
}

export function verifyEmail(email: string, code: string): Promise<Done> {
  return request('/user/verify-email', { method: 'POST', body: { email, code } });
}

export function resendCode(email: string): Promise<Done> {
  return request('/user/resend-code', { method: 'POST', body: { email } });
}

export function askReset(email: string): Promise<Done> {
  return request('/user/password-reset', { method: 'POST', body: { email } });
}

export function resetPassword(body: Credentials & { code: string }): Promise<Done> {
  return request('/user/password-reset/confirm', { method: 'POST', body });
}

/** The code is the one of the URL that a provider's sign-in ended with. */
export function exchangeCode(body: { code: string; secondFactor?: string }): Promise<SignedInAnswer> {
  return request('/auth/exchange', { method: 'POST', body });
}
