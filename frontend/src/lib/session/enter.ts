import { readError, send } from '@/lib/api/send';
import type { SignedInAnswer } from '@/lib/api/types';
import { sessionStore } from '@/lib/stores/session';
import { csrfToken } from './csrf';
import { tellTabs } from './tabs';

/** Begins the session of a sign-in's answer, here and in the browser's other tabs. */
export function enterSession(answer: SignedInAnswer): void {
  sessionStore.getState().begin(answer);
  tellTabs('signed-in');
}

/**
 * Signs out, here and in the other tabs. Throws when the server doesn't answer: the cookie is still good then, and
 * it would be a lie to say that the trader is signed out.
 */
export async function signOut(): Promise<void> {
  const { token } = sessionStore.getState();
  const csrf = csrfToken();
  const response = await send('/user/signout', { method: 'POST', body: {} }, token, csrf ? { 'X-CSRF-TOKEN': csrf } : {});
  // 401: it had ended already.
  if (!response.ok && response.status !== 401) throw await readError(response);
  leaveSession();
}

/** The server has ended the session: so do all tabs. */
export function leaveSession(notice?: string): void {
  sessionStore.getState().end(notice);
  tellTabs('signed-out');
}
