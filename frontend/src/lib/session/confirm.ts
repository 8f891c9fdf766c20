import { sessionStore } from '@/lib/stores/session';
import { refreshSession } from './refresh';

const EVERY_MS = 30_000;

let lastAt = -Infinity;
let timer: ReturnType<typeof setTimeout> | undefined;

/**
 * The stream takes the token no longer: its end was slept through, or the session was ended elsewhere. A refresh tells
 * which, and the stream gets the new token. Not in circles, should it refuse that one too.
 */
export function confirmSession(): void {
  const ask = () => {
    lastAt = Date.now();
    if (sessionStore.getState().token !== null) void refreshSession();
  };
  clearTimeout(timer);
  timer = setTimeout(ask, Math.max(0, lastAt + EVERY_MS - Date.now()));
}
