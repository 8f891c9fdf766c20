import { request } from '@/lib/api/client';
import type { SessionAnswer } from '@/lib/api/types';

export interface Credentials {
  email: string;
  password: string;
}

export function signUp(credentials: Credentials): Promise<SessionAnswer> {
  return request('/user/signup', { method: 'POST', body: credentials });
}

export function signIn(credentials: Credentials): Promise<SessionAnswer> {
  return request('/user/signin', { method: 'POST', body: credentials });
}
