import { type AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

type Received = Record<string, unknown>;

/** A real WebSocket server on a free port that notes what it is sent, and greets like the desk's. */
export class StreamServer {
  readonly received: Received[] = [];
  connections = 0;
  /** A server that takes a connection and then says nothing, as after a cable is pulled. */
  isMute = false;

  private constructor(private readonly server: WebSocketServer) {
    server.on('connection', (socket) => {
      this.connections += 1;
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

  broadcast(message: object): void {
    for (const socket of this.server.clients) socket.send(JSON.stringify(message));
  }

  dropAll(): void {
    for (const socket of this.server.clients) socket.terminate();
  }

  async stop(): Promise<void> {
    this.dropAll();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(socket: WebSocket, message: Received): void {
    if (message.type === 'PING') socket.send('{"type":"PONG"}');
    if (message.type !== 'AUTH') return;
    const isKnown = message.token === 'good';
    socket.send(JSON.stringify(isKnown ? { type: 'AUTHENTICATED', userId: 'u' } : { type: 'UNAUTHENTICATED', message: 'no' }));
  }
}
