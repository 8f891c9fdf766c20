import { request } from '@/lib/api/client';
import type { Done, Schemas } from '@/lib/api/types';

/** What shows once more that it is the owner who changes what guards the account. */
export interface Proof {
  password?: string;
  secondFactor?: string;
}

/** `way`: `password`, or a provider's name. */
export type SessionRow = Schemas['SessionRow'];

/** `hint`: its first characters, to be told from others by. `addresses`: where it may be used from; empty: anywhere. */
export type ApiKeyRow = Schemas['KeyRow'];
export type Scope = ApiKeyRow['scopes'][number];
export type NewApiKey = Schemas['KeyBody'];

export type EventPage = Schemas['EventPage'];
export type SecurityEvent = EventPage['events'][number];

export const settingsKeys = {
  sessions: ['sessions'] as const,
  apiKeys: ['api-keys'] as const,
  events: ['security-events'] as const,
};

function post<T>(path: string, body: object = {}): Promise<T> {
  return request(path, { method: 'POST', body });
}

export const changePassword = (body: { currentPassword?: string; password: string; secondFactor?: string }) =>
  post<Done>('/user/password', body);

export const askEmailChange = (body: Proof & { email: string }) => post<Done>('/user/email', body);
export const confirmEmailChange = (code: string) => post<Done & { email: string }>('/user/email/confirm', { code });

export const beginSecondFactor = (password?: string) =>
  post<{ secret: string; uri: string }>('/user/second-factor', password === undefined ? {} : { password });
export const confirmSecondFactor = (code: string) =>
  post<{ recoveryCodes: string[] }>('/user/second-factor/confirm', { code });
export const removeSecondFactor = (body: { password?: string; code: string }) =>
  post<Done>('/user/second-factor/remove', body);
export const renewRecoveryCodes = (body: { password?: string; code: string }) =>
  post<{ recoveryCodes: string[] }>('/user/second-factor/recovery-codes', body);

export const linkProvider = (name: string) => post<{ url: string }>(`/auth/link/${encodeURIComponent(name)}`);
export const unlinkProvider = (name: string, password?: string) =>
  post<Done>(`/auth/unlink/${encodeURIComponent(name)}`, password === undefined ? {} : { password });

export const fetchSessions = (signal: AbortSignal) => request<{ sessions: SessionRow[] }>('/user/sessions', { signal });
export const endSession = (sessionId: string) => request<Done>(`/user/sessions/${sessionId}`, { method: 'DELETE' });
export const signOutEverywhere = () => post<Done & { ended: number }>('/user/signout-everywhere');

export const fetchApiKeys = (signal: AbortSignal) => request<{ keys: ApiKeyRow[] }>('/user/api-keys', { signal });
export const makeApiKey = (body: NewApiKey) => post<{ key: string; apiKey: ApiKeyRow }>('/user/api-keys', body);
export const revokeApiKey = (keyId: string) => request<Done>(`/user/api-keys/${keyId}`, { method: 'DELETE' });

export const fetchEvents = (cursor: string | null, limit: number, signal: AbortSignal) =>
  request<EventPage>('/user/security-events', { query: { limit, cursor }, signal });
