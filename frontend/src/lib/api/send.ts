import { ApiError, NetworkError } from './errors';
import type { ErrorDetail } from './types';

const BASE = '/api/v2';
const TIMEOUT_MS = 15_000;

export interface RequestOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  query?: Record<string, string | number | null | undefined>;
  body?: unknown;
  /** Same key on a retry of the same request: the server then gives its first answer again. */
  idempotencyKey?: string;
  signal?: AbortSignal;
  /** How long the whole answer may take. */
  timeoutMs?: number;
}

/** One request with the given token, or none. Throws NetworkError when no answer comes. */
export async function send(
  path: string,
  options: RequestOptions,
  token: string | null,
  extraHeaders: Record<string, string> = {},
): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json', ...extraHeaders };
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
  if (token !== null) headers.Authorization = `Bearer ${token}`;
  if (options.idempotencyKey !== undefined) headers['Idempotency-Key'] = options.idempotencyKey;

  const timeout = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
  try {
    return await fetch(BASE + path + queryString(options.query), {
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
export async function readError(response: Response): Promise<ApiError> {
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
