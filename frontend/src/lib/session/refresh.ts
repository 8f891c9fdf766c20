import { readError, send } from '@/lib/api/send';
import type { SignedInAnswer } from '@/lib/api/types';
import { sessionStore } from '@/lib/stores/session';
import { csrfToken } from './csrf';

/** unconfirmed: no word from the server; the session may well go on. */
export type RefreshOutcome = 'renewed' | 'ended' | 'unconfirmed';

export const SESSION_OVER = 'Your session has ended. Please sign in again.';

const LOCK = 'cfdesk.refresh';
const LOCK_WAIT_MS = 10_000;

let running: Promise<RefreshOutcome> | null = null;

/**
 * Asks for a new access token by the refresh cookie; the session store has the outcome. However many ask at once,
 * one request goes out: in this tab by waiting for the same answer, across tabs one after the other.
 */
export function refreshSession(): Promise<RefreshOutcome> {
  running ??= oneTabAtATime(refreshOnce).finally(() => {
    running = null;
  });
  return running;
}

/** Without locks (plain http) two tabs may ask at once: the server answers both, as long as they are quick. */
async function oneTabAtATime(work: () => Promise<RefreshOutcome>): Promise<RefreshOutcome> {
  const locks = (navigator as Partial<Navigator>).locks;
  if (!locks) return work();
  const turn: { underWay: Promise<RefreshOutcome> | null } = { underWay: null };
  const begin = () => (turn.underWay = work());
  try {
    return await locks.request(LOCK, { signal: AbortSignal.timeout(LOCK_WAIT_MS) }, begin);
  } catch {
    // A tab that hangs must not keep the others from their sessions.
    return turn.underWay ?? work();
  }
}

async function refreshOnce(): Promise<RefreshOutcome> {
  const { epoch, status } = sessionStore.getState();
  const answer = await ask();
  const now = sessionStore.getState();
  if (now.epoch !== epoch) return now.token === null ? 'ended' : 'renewed';
  if (answer === 'unconfirmed') {
    now.setUnconfirmed();
    return answer;
  }
  if (answer === 'ended') {
    now.end(status === 'signed-in' ? SESSION_OVER : undefined);
    return answer;
  }
  now.begin(answer);
  return 'renewed';
}

async function ask(): Promise<SignedInAnswer | 'ended' | 'unconfirmed'> {
  const csrf = csrfToken();
  // Both cookies come and go together: without the readable one there is no session.
  if (csrf === null) return 'ended';
  try {
    const response = await send('/user/refresh', { method: 'POST', body: {} }, null, { 'X-CSRF-TOKEN': csrf });
    if (response.ok) return (await response.json()) as SignedInAnswer;
    const error = await readError(response);
    if (error.status !== 401) return 'unconfirmed';
    // Another tab may have changed the cookies between our reading one and sending both.
    return csrfToken() === csrf ? 'ended' : await ask();
  } catch {
    return 'unconfirmed';
  }
}
