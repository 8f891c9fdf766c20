import { type AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

type Received = Record<string, unknown>;
type OrderMessage = { type: string; seq: number; data: object };

/** What a connection has said of itself. */
interface Visitor {
  isSignedIn: boolean;
  /** Asked for before it was signed in. */
  resumeFrom: number | null;
}

/**
 * A real WebSocket server on a free port that notes what it is sent and speaks the desk's protocol: it greets, tells
 * what was missed, and ends sessions. The account's messages are those of `tell`, numbered from one.
 */
export class StreamServer {
  readonly received: Received[] = [];
  connections = 0;
  /** A server that takes a connection and then says nothing, as after a cable is pulled. */
  isMute = false;
  /** As the desk was before it could resume. */
  knowsResume = true;
  /** Takes RESUME and then can't answer it. */
  forgetsToResume = false;
  /** More missed messages than this are told as a snapshot. */
  resumeMax = 1_000;
  snapshot: object = { balance: { usd: 0, cents: 0 }, orders: [] };
  /** Milliseconds that its clock is ahead of this machine's. */
  clockAheadMs = 0;
  readonly tokens = new Set(['good']);
  private readonly journal: OrderMessage[] = [];
  private readonly visitors = new Map<WebSocket, Visitor>();

  private constructor(private readonly server: WebSocketServer) {
    server.on('connection', (socket) => {
      this.connections += 1;
      this.visitors.set(socket, { isSignedIn: false, resumeFrom: null });
      socket.on('close', () => this.visitors.delete(socket));
      socket.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString()) as Received;
        this.received.push(message);
        if (!this.isMute) this.answer(socket, message);
      });
    });
  }

  static async start(port = 0): Promise<StreamServer> {
    const server = new WebSocketServer({ port, host: '127.0.0.1' });
    await new Promise((resolve) => server.once('listening', resolve));
    return new StreamServer(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** What was received of this type. */
  heard(type: string): Received[] {
    return this.received.filter((message) => message.type === type);
  }

  broadcast(message: object): void {
    for (const socket of this.server.clients) say(socket, message);
  }

  /** Something happens to the account: told to who is signed in, and kept for who isn't. */
  tell(type: string, data: object): void {
    const message = { type, seq: this.journal.length + 1, data };
    this.journal.push(message);
    for (const [socket, { isSignedIn }] of this.visitors) if (isSignedIn) say(socket, message);
  }

  /** One message never reaches anybody. */
  lose(type: string, data: object): void {
    this.journal.push({ type, seq: this.journal.length + 1, data });
  }

  /** A token's end, or its session's. */
  endSession(token = 'good'): void {
    this.tokens.delete(token);
    for (const [socket, visitor] of this.visitors) {
      if (!visitor.isSignedIn) continue;
      visitor.isSignedIn = false;
      say(socket, { type: 'UNAUTHENTICATED', message: 'The session has ended: sign in again' });
      socket.close(1008, 'signed out');
    }
  }

  dropAll(): void {
    this.visitors.clear();
    for (const socket of this.server.clients) socket.terminate();
  }

  async stop(): Promise<void> {
    this.dropAll();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(socket: WebSocket, message: Received): void {
    const visitor = this.visitors.get(socket);
    if (!visitor) return;
    switch (message.type) {
      case 'PING':
        say(socket, this.pong(message.sentAt));
        break;
      case 'SUBSCRIBE':
        say(socket, { type: 'SUBSCRIBED', symbol: message.symbol });
        break;
      case 'RESUME':
        if (!this.knowsResume) say(socket, { type: 'ERROR', message: 'type must be one of SUBSCRIBE, AUTH' });
        else if (visitor.isSignedIn) this.resume(socket, message.seq as number);
        else visitor.resumeFrom = message.seq as number;
        break;
      case 'AUTH':
        this.authenticate(socket, visitor, message.token as string);
        break;
    }
  }

  private pong(sentAt: unknown): object {
    return typeof sentAt === 'number' ? { type: 'PONG', sentAt, time: Date.now() + this.clockAheadMs } : { type: 'PONG' };
  }

  private authenticate(socket: WebSocket, visitor: Visitor, token: string): void {
    visitor.isSignedIn = this.tokens.has(token);
    if (!visitor.isSignedIn) {
      say(socket, { type: 'UNAUTHENTICATED', message: 'no' });
      return;
    }
    say(socket, { type: 'AUTHENTICATED', userId: 'u' });
    if (visitor.resumeFrom !== null) this.resume(socket, visitor.resumeFrom);
    visitor.resumeFrom = null;
  }

  private resume(socket: WebSocket, seq: number): void {
    if (this.forgetsToResume) return;
    const newest = this.journal.length;
    const missed = this.journal.filter((message) => message.seq > seq);
    if (seq > newest || missed.length > this.resumeMax) say(socket, { type: 'SNAPSHOT', seq: newest, data: this.snapshot });
    else missed.forEach((message) => say(socket, message));
    say(socket, { type: 'RESUMED', seq: newest });
  }
}

function say(socket: WebSocket, message: object): void {
  socket.send(JSON.stringify(message));
}
