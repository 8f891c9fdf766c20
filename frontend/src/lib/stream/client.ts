import type { AccountEvent } from '@/lib/stores/account';
import type { StreamStatus } from '@/lib/stores/connection';
import { type StreamMessage, parseMessage } from './messages';

/** All that the account has had since the number the page had, in order; `seq` is the newest of it. */
export interface CaughtUp {
  seq: number;
  missed: readonly AccountEvent[];
}

interface StreamOptions {
  url: string;
  token: string;
  symbols: readonly string[];
  /** The number of the newest order message that the page has; null: it has nothing to go on from. */
  resumeFrom: () => number | null;
  onMessage: (message: StreamMessage) => void;
  /** Signed in: what was missed, or null when the account must be fetched. The status is `open` afterwards. */
  onSignedIn: (caughtUp: CaughtUp | null) => void;
  onStatus: (status: StreamStatus) => void;
  timing?: Partial<typeof TIMING>;
}

export const TIMING = {
  /** The first few pings come quickly: they tell the desk's time. */
  quickPingMs: 400,
  pingMs: 15_000,
  /** No word at all for this long after a ping: the line is dead though nobody closed it. */
  pongWithinMs: 10_000,
  /** Signed in, and not told what was missed: the account is fetched instead. */
  resumedWithinMs: 5_000,
  backoffMs: 500,
  backoffMaxMs: 15_000,
};
const QUICK_PINGS = 4;

/**
 * The trading stream: signs in, subscribes, keeps the line alive, and comes back after a loss with growing pauses. It
 * holds no state of the desk: at every sign-in it asks who listens how far they are, and hands on what was missed.
 */
export class StreamClient {
  private readonly timing: typeof TIMING;
  private socket: WebSocket | null = null;
  private pingTimer: ReturnType<typeof setTimeout> | undefined;
  private deadTimer: ReturnType<typeof setTimeout> | undefined;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private resumeTimer: ReturnType<typeof setTimeout> | undefined;
  private token: string;
  /** The token that the server takes no longer: prices go on without it. */
  private refusedToken: string | null = null;
  /** What this line is signed in with. */
  private acceptedToken: string | null = null;
  /** Refused on this line, which the server then may close: no loss of the connection. */
  private isRefused = false;
  private knowsResume = true;
  /** What has come since RESUME, told all at once with RESUMED. Null: not waiting for that. */
  private held: AccountEvent[] | null = null;
  private failures = 0;
  private stopped = false;

  constructor(private readonly options: StreamOptions) {
    this.token = options.token;
    this.timing = { ...TIMING, ...options.timing };
  }

  start(): void {
    this.options.onStatus('connecting');
    window.addEventListener('online', this.retryNow);
    this.connect();
  }

  /** The session's newer token, on the same line; the status is `open` once more when the server has taken it. */
  authenticate(token: string): void {
    this.token = token;
    // In a pause: whoever has a new token has the network, and prices were not all that was waited for.
    if (this.socket === null) this.retryNow();
    else this.signIn();
  }

  stop(): void {
    this.stopped = true;
    window.removeEventListener('online', this.retryNow);
    clearTimeout(this.retryTimer);
    this.drop();
  }

  private connect(): void {
    const socket = new WebSocket(this.options.url);
    this.socket = socket;
    socket.onopen = () => this.greet();
    socket.onmessage = ({ data }) => {
      if (typeof data === 'string') this.receive(data);
    };
    socket.onclose = () => this.lost();
  }

  private greet(): void {
    if (this.token !== this.refusedToken) this.signIn();
    for (const symbol of this.options.symbols) this.send({ type: 'SUBSCRIBE', symbol });
    this.pingLater(QUICK_PINGS);
  }

  /** RESUME is said first, so that no message can come between the two; on a line that is signed in, afterwards. */
  private signIn(): void {
    if (!this.isOpen) return;
    if (this.acceptedToken === null) this.askToResume();
    this.send({ type: 'AUTH', token: this.token });
  }

  private askToResume(): void {
    const seq = this.knowsResume ? this.options.resumeFrom() : null;
    if (seq === null) return;
    this.held = [];
    this.send({ type: 'RESUME', seq });
  }

  private receive(text: string): void {
    clearTimeout(this.deadTimer);
    this.deadTimer = undefined;
    const message = parseMessage(text);
    if (!message || this.stopped) return;
    switch (message.type) {
      case 'authenticated':
        this.signedIn();
        return;
      case 'resumed':
        if (this.held) this.inStep({ seq: message.seq, missed: this.held });
        return;
      case 'error':
        if (this.held) this.goWithoutResume();
        return;
      case 'account':
        if (this.held) this.held.push(message.event);
        else this.options.onMessage(message);
        return;
      case 'unauthenticated':
        this.refuse();
        break;
    }
    this.options.onMessage(message);
  }

  private signedIn(): void {
    this.acceptedToken = this.token;
    this.isRefused = false;
    // A newer token on the same line, or a state that has come since it was opened.
    if (!this.held) this.askToResume();
    clearTimeout(this.resumeTimer);
    if (this.held) this.resumeTimer = setTimeout(() => this.inStep(null), this.timing.resumedWithinMs);
    else this.inStep(null);
  }

  private inStep(caughtUp: CaughtUp | null): void {
    clearTimeout(this.resumeTimer);
    this.held = null;
    // Only now: a server that accepts the line but is too sick to sign us in must not reset the pauses.
    this.failures = 0;
    this.options.onSignedIn(caughtUp);
    this.options.onStatus('open');
  }

  /** The server's word that it didn't understand: one from before RESUME, which may have signed us in all the same. */
  private goWithoutResume(): void {
    this.knowsResume = false;
    this.held = null;
    if (this.acceptedToken !== null) this.inStep(null);
  }

  private refuse(): void {
    clearTimeout(this.resumeTimer);
    this.held = null;
    this.isRefused = true;
    // The end of what was accepted, though a newer one may be under way.
    this.refusedToken = this.acceptedToken ?? this.token;
    this.acceptedToken = null;
  }

  private pingLater(quickOnes: number): void {
    const pause = quickOnes > 0 ? this.timing.quickPingMs : this.timing.pingMs;
    this.pingTimer = setTimeout(() => {
      this.ping();
      this.pingLater(quickOnes - 1);
    }, pause);
  }

  private ping(): void {
    this.send({ type: 'PING', sentAt: performance.now() });
    this.deadTimer ??= setTimeout(() => this.lost(), this.timing.pongWithinMs);
  }

  private lost(): void {
    const isRefused = this.isRefused;
    this.drop();
    if (this.stopped) return;
    this.options.onStatus(isRefused ? 'connecting' : 'offline');
    this.retryTimer = setTimeout(() => this.connect(), retryDelay(this.failures, this.timing));
    this.failures += 1;
  }

  /** The browser says the network is back: no reason to wait out the pause. */
  private readonly retryNow = (): void => {
    if (this.socket !== null || this.stopped) return;
    clearTimeout(this.retryTimer);
    this.connect();
  };

  private drop(): void {
    clearTimeout(this.pingTimer);
    clearTimeout(this.deadTimer);
    clearTimeout(this.resumeTimer);
    this.deadTimer = undefined;
    this.held = null;
    this.acceptedToken = null;
    this.isRefused = false;
    this.knowsResume = true;
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  private get isOpen(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  private send(message: object): void {
    if (this.isOpen) this.socket?.send(JSON.stringify(message));
  }
}

/** Doubles up to the limit, and is spread over its upper half, so that a restarted server isn't met by all at once. */
export function retryDelay(failures: number, timing: typeof TIMING, random: () => number = Math.random): number {
  const ceiling = Math.min(timing.backoffMaxMs, timing.backoffMs * 2 ** failures);
  return ceiling * (0.5 + random() / 2);
}

/** Same origin as the page, encrypted when the page is. */
export function streamUrl(location: Pick<Location, 'protocol' | 'host'>): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`;
}
