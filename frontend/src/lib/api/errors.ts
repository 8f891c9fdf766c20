import type { ErrorDetail } from './types';

/** The server answered with an error status. `message` is its sentence, meant for a person. */
export class ApiError extends Error {
  override name = 'ApiError';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: readonly ErrorDetail[] = [],
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
  }
}

/** No answer came: offline, timed out, or cut on the way. The request may have been carried out. */
export class NetworkError extends Error {
  override name = 'NetworkError';
}

/** 502 and 504 come from a proxy that lost the server midway: nobody knows what the server did. */
export function isOutcomeUnknown(error: unknown): boolean {
  return error instanceof NetworkError || (error instanceof ApiError && (error.status === 502 || error.status === 504));
}

export function isUnauthorized(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401;
}

/** One or two sentences fit to show. */
export function describeError(error: unknown): string {
  if (error instanceof ApiError) {
    if (error.status === 429 && error.retryAfterSeconds !== null) {
      return `${error.message} Try again in ${inWords(error.retryAfterSeconds)}.`;
    }
    return error.message;
  }
  if (error instanceof NetworkError) return 'The server can’t be reached. Check the connection and try again.';
  return 'Something went wrong on this page. Try again.';
}

/** The first message of each field, for showing beside it. */
export function fieldErrors(error: unknown): Record<string, string> {
  const messages: Record<string, string> = {};
  if (error instanceof ApiError) {
    for (const { field, message } of error.details) messages[field] ??= message;
  }
  return messages;
}

function inWords(seconds: number): string {
  if (seconds < 90) return seconds === 1 ? '1 second' : `${seconds} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}
