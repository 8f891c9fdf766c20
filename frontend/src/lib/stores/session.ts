import { createStore, useStore } from 'zustand';
import type { SignedInAnswer } from '@/lib/api/types';

interface Identity {
  token: string | null;
  userId: string | null;
  email: string | null;
  /** Trading waits for the e-mail address to be confirmed. */
  needsVerification: boolean;
}

export interface SessionState extends Identity {
  /** unknown: the page has just been loaded, and the server has not said yet whether the cookie is good. */
  status: 'unknown' | 'signed-out' | 'signed-in';
  /** The server can't be asked about the session; it is tried again. */
  isUnconfirmed: boolean;
  /** Why the last session ended, shown on the sign-in page. */
  notice: string | null;
  /** Rises with every beginning and end: an answer that was asked for before one is another session's. */
  epoch: number;
  /** A sign-in, or the same session with a new token. */
  begin: (answer: SignedInAnswer) => void;
  end: (notice?: string) => void;
  setUnconfirmed: () => void;
}

const NOBODY: Identity = { token: null, userId: null, email: null, needsVerification: false };

/**
 * The access token lives in this page's memory alone. What survives a reload is the refresh token, in a cookie that
 * no script can read (lib/session).
 */
export const sessionStore = createStore<SessionState>()((set) => ({
  ...NOBODY,
  status: 'unknown',
  isUnconfirmed: false,
  notice: null,
  epoch: 0,
  begin: ({ token, userId, email, needsVerification }) =>
    set(({ epoch }) => ({
      ...{ token, userId, email, needsVerification },
      ...{ status: 'signed-in', isUnconfirmed: false, notice: null, epoch: epoch + 1 },
    })),
  end: (notice) =>
    set(({ epoch }) => ({
      ...NOBODY,
      ...{ status: 'signed-out', isUnconfirmed: false, notice: notice ?? null, epoch: epoch + 1 },
    })),
  setUnconfirmed: () => set({ isUnconfirmed: true }),
}));

export function useSession<T>(selector: (state: SessionState) => T): T {
  return useStore(sessionStore, selector);
}
