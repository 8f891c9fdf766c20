import { sessionStore } from '@/lib/stores/session';
import { refreshSession } from './refresh';

/** So many at once, and no more in this time. */
const AT_ONCE = 3;
const WITHIN_MS = 30_000;

let askedAt: number[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;

/**
 * The stream takes the token no longer: its end was slept through, or the session was ended elsewhere. A refresh tells
 * which, and the stream gets the new token. At once, but not in circles, should it refuse that one too.
 */
export function confirmSession(): void {
  const ask = () => {
    askedAt = [...askedAt, Date.now()].slice(-AT_ONCE);
    if (sessionStore.getState().token !== null) void refreshSession();
  };
  const oldest = askedAt.length < AT_ONCE ? -Infinity : (askedAt[0] ?? -Infinity);
  clearTimeout(timer);
  timer = setTimeout(ask, Math.max(0, oldest + WITHIN_MS - Date.now()));
}
