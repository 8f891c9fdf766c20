import { sessionStore } from '@/lib/stores/session';
import { refreshSession } from './refresh';
import { type TabMessage, listenToTabs } from './tabs';

export const TIMING = {
  /** How long before its end a token is replaced. */
  leadMs: 60_000,
  retryMs: 2_000,
  retryMaxMs: 30_000,
};

/**
 * Keeps the session going for as long as the page is open: asks at once whether there is one, replaces the token before
 * it ends, tries again while the server is away, and follows the other tabs in and out.
 */
export class SessionKeeper {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private dueAt = Infinity;
  private failures = 0;
  private isAsking = false;
  private readonly endings: (() => void)[] = [];

  start(): void {
    this.endings.push(
      sessionStore.subscribe((state, before) => {
        if (state.token !== before.token) this.plan(state.token);
        // Somebody else has asked in vain (a refused request, the stream): this must not be its last word.
        if (state.isUnconfirmed && !before.isUnconfirmed && !this.isAsking) this.tryAgainLater();
      }),
      listenToTabs(this.follow),
    );
    window.addEventListener('online', this.wake);
    document.addEventListener('visibilitychange', this.wake);
    const { status, token } = sessionStore.getState();
    if (status === 'unknown') void this.refresh();
    else this.plan(token);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.endings.splice(0).forEach((end) => end());
    window.removeEventListener('online', this.wake);
    document.removeEventListener('visibilitychange', this.wake);
  }

  private plan(token: string | null): void {
    const lifetime = token === null ? null : lifetimeOf(token);
    this.failures = 0;
    this.refreshIn(lifetime === null ? null : lifetime - Math.min(TIMING.leadMs, lifetime / 3));
  }

  private refreshIn(ms: number | null): void {
    clearTimeout(this.timer);
    this.dueAt = ms === null ? Infinity : Date.now() + ms;
    if (ms !== null) this.timer = setTimeout(() => void this.refresh(), ms);
  }

  private async refresh(): Promise<void> {
    this.refreshIn(null);
    this.isAsking = true;
    const outcome = await refreshSession();
    this.isAsking = false;
    if (outcome === 'unconfirmed') this.tryAgainLater();
  }

  private tryAgainLater(): void {
    this.refreshIn(Math.min(TIMING.retryMaxMs, TIMING.retryMs * 2 ** this.failures));
    this.failures += 1;
  }

  /** Timers sleep with the machine and go slowly in hidden tabs: what is overdue is done on waking. */
  private readonly wake = (event: Event): void => {
    const isNetworkBack = event.type === 'online' && this.failures > 0;
    const isOverdue = document.visibilityState === 'visible' && Date.now() >= this.dueAt;
    if (isNetworkBack || isOverdue) void this.refresh();
  };

  private readonly follow = (message: TabMessage): void => {
    if (message === 'signed-in') void this.refresh();
    else if (sessionStore.getState().status !== 'signed-out') {
      sessionStore.getState().end('You signed out in another tab.');
    }
  };
}

/** How long a new token is good for, by its own account and not by this machine's clock; null if it doesn't say. */
export function lifetimeOf(token: string): number | null {
  const payload = token.split('.')[1];
  if (payload === undefined) return null;
  try {
    const { exp, iat } = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as Record<string, unknown>;
    return typeof exp === 'number' && typeof iat === 'number' && exp > iat ? (exp - iat) * 1000 : null;
  } catch {
    return null;
  }
}
