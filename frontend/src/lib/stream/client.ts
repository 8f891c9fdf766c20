import type { StreamStatus } from '@/lib/stores/connection';
import { type StreamMessage, parseMessage } from './messages';

interface StreamOptions {
  url: string;
  token: string;
  symbols: readonly string[];
  onMessage: (message: StreamMessage) => void;
  onStatus: (status: StreamStatus) => void;
  timing?: Partial<typeof TIMING>;
}

export const TIMING = {
  pingMs: 15_000,
  /** No word at all for this long after a ping: the line is dead though nobody closed it. */
  pongWithinMs: 10_000,
  backoffMs: 500,
  backoffMaxMs: 15_000,
};

/**
 * The trading stream: signs in, subscribes, keeps the line alive, and comes back after a loss with growing pauses.
 * It holds no state of the desk; who listens must fetch what was missed whenever the status is `open` again.
 */
export class StreamClient {
  private readonly timing: typeof TIMING;
  private socket: WebSocket | null = null;
  private pingTimer: ReturnType<typeof setInterval> | undefined;
  private deadTimer: ReturnType<typeof setTimeout> | undefined;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private token: string;
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
    this.send({ type: 'AUTH', token });
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
    this.send({ type: 'AUTH', token: this.token });
    for (const symbol of this.options.symbols) this.send({ type: 'SUBSCRIBE', symbol });
    this.pingTimer = setInterval(() => this.ping(), this.timing.pingMs);
  }

  private receive(text: string): void {
    clearTimeout(this.deadTimer);
    this.deadTimer = undefined;
    const message = parseMessage(text);
    if (!message || this.stopped) return;
    if (message.type === 'authenticated') {
      // Only now: a server that accepts the line but is too sick to sign us in must not reset the pauses.
      this.failures = 0;
      this.options.onStatus('open');
    }
    this.options.onMessage(message);
  }

  private ping(): void {
    this.send({ type: 'PING' });
    this.deadTimer ??= setTimeout(() => this.lost(), this.timing.pongWithinMs);
  }

  private lost(): void {
    this.drop();
    if (this.stopped) return;
    this.options.onStatus('offline');
    this.retryTimer = setTimeout(() => this.connect(), retryDelay(this.failures, this.timing));
    this.failures += 1;
  }

  /** The browser says the network is back: no reason to wait out the pause. */
  private readonly retryNow = (): void => {
    if (this.socket !== null) return;
    clearTimeout(this.retryTimer);
    this.connect();
  };

  private drop(): void {
    clearInterval(this.pingTimer);
    clearTimeout(this.deadTimer);
    this.deadTimer = undefined;
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  private send(message: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
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
