import { sessionStore } from '@/lib/stores/session';
import { ApiError, NetworkError } from './errors';
import type { ErrorDetail } from './types';

const BASE = '/api/v2';
const TIMEOUT_MS = 15_000;

interface RequestOptions {
  method?: 'GET' | 'POST';
  query?: Record<string, string | number | null | undefined>;
  body?: unknown;
  /** Same key on a retry of the same request: the server then gives its first answer again. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

/** Calls the API with the session's token. Throws ApiError or NetworkError; a 401 on our token ends the session. */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const { token } = sessionStore.getState();
  const response = await send(BASE + path + queryString(options.query), options, token);
  if (response.ok) return (await response.json()) as T;

  const error = await readError(response);
  // The token may have been replaced while this request was under way: only the one that was refused is dropped.
  if (response.status === 401 && token !== null && sessionStore.getState().token === token) {
    sessionStore.getState().end('Your session has ended. Please sign in again.');
  }
  throw error;
}

async function send(url: string, options: RequestOptions, token: string | null): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
  if (token !== null) headers.Authorization = `Bearer ${token}`;
  if (options.idempotencyKey !== undefined) headers['Idempotency-Key'] = options.idempotencyKey;

  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    return await fetch(url, {
      method: options.method ?? 'GET',
      headers,
      body: options.body === undefined ? null : JSON.stringify(options.body),
      signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
    });
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw new NetworkError('no answer', { cause });
  }
}

/** Proxies answer with pages of HTML, so a body that isn't our JSON is an expected case. */
async function readError(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const message =
    typeof fields.error === 'string' ? fields.error : `The server answered with an error (${response.status}).`;
  const code = typeof fields.code === 'string' ? fields.code : 'unknown';
  const details = Array.isArray(fields.details) ? fields.details.filter(isDetail) : [];
  return new ApiError(response.status, code, message, details, retryAfter(response));
}

function isDetail(value: unknown): value is ErrorDetail {
  if (typeof value !== 'object' || value === null) return false;
  const detail = value as Record<string, unknown>;
  return typeof detail.field === 'string' && typeof detail.message === 'string';
}

function retryAfter(response: Response): number | null {
  const seconds = Number.parseInt(response.headers.get('Retry-After') ?? '', 10);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : null;
}

function queryString(query: RequestOptions['query']): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== null && value !== undefined) params.set(name, String(value));
  }
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}
