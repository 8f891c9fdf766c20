import { createStore, useStore } from 'zustand';

const KEY = 'cfdesk.session';

export interface SessionState {
  token: string | null;
  email: string | null;
  /** Why the last session ended, shown on the sign-in page. */
  notice: string | null;
  begin: (token: string, email: string) => void;
  end: (notice?: string) => void;
}

/**
 * The access token lives in memory and in sessionStorage: it survives a reload, and is gone with the tab. Not
 * localStorage, where it would lie on a shared machine after the browser is closed. When the rotating refresh cookie
 * is in place, memory alone will do.
 */
export const sessionStore = createStore<SessionState>()((set) => ({
  ...restore(),
  notice: null,
  begin: (token, email) => {
    remember({ token, email });
    set({ token, email, notice: null });
  },
  end: (notice) => {
    remember(null);
    set({ token: null, email: null, notice: notice ?? null });
  },
}));

export function useSession<T>(selector: (state: SessionState) => T): T {
  return useStore(sessionStore, selector);
}

function restore(): { token: string | null; email: string | null } {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as { token?: unknown; email?: unknown } | null;
    if (typeof kept?.token === 'string' && typeof kept.email === 'string') {
      return { token: kept.token, email: kept.email };
    }
  } catch {
    // Storage forbidden or its content damaged: the trader signs in again.
  }
  return { token: null, email: null };
}

function remember(session: { token: string; email: string } | null): void {
  try {
    if (session) sessionStorage.setItem(KEY, JSON.stringify(session));
    else sessionStorage.removeItem(KEY);
  } catch {
    // Storage forbidden: the session lasts until the page is left.
  }
}
