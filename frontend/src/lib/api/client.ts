import { SESSION_OVER, refreshSession } from '@/lib/session/refresh';
import { sessionStore } from '@/lib/stores/session';
import { ApiError } from './errors';
import { type RequestOptions, readError, send } from './send';

/** A 401 that is about our token. All others are about what was typed: a password, a code. */
const TOKEN_REFUSED = new Set(['expired_token', 'invalid_token', 'session_ended', 'unauthorized']);

/**
 * Calls the API with the session's token. When that one is refused, the session is refreshed and the request
 * repeated, once; a session that can't be refreshed has ended. Throws ApiError or NetworkError.
 */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  return (await (await requestResponse(path, options)).json()) as T;
}

/** The same, for an answer that isn't JSON or comes bit by bit. */
export async function requestResponse(path: string, options: RequestOptions = {}): Promise<Response> {
  const { token } = sessionStore.getState();
  const response = await send(path, options, token);
  if (response.ok) return response;

  const error = await readError(response);
  if (token === null || !isTokenRefused(error)) throw error;
  const repeated = await send(path, options, await nextToken(token, error));
  if (repeated.ok) return repeated;
  throw await whyAgain(repeated);
}

/** The token after the refused one, which may be there already. Throws when there is none. */
async function nextToken(refused: string, error: ApiError): Promise<string> {
  if (sessionStore.getState().token === refused) {
    const outcome = await refreshSession();
    if (outcome === 'unconfirmed') {
      throw new ApiError(503, 'session_unconfirmed', 'Your session can’t be confirmed right now. Try again in a moment.');
    }
  }
  const { token } = sessionStore.getState();
  if (token === null) throw error;
  return token;
}

async function whyAgain(response: Response): Promise<ApiError> {
  const error = await readError(response);
  // Nothing is gained by refreshing in circles.
  if (isTokenRefused(error)) sessionStore.getState().end(SESSION_OVER);
  return error;
}

function isTokenRefused(error: ApiError): boolean {
  return error.status === 401 && TOKEN_REFUSED.has(error.code);
}
