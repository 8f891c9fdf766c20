import { WebSocket as NodeWebSocket } from 'ws';

/** jsdom's own WebSocket breaks on its events under Node 20; this one throws errors nobody listens to. */
export class QuietWebSocket extends NodeWebSocket {
  constructor(url: string) {
    super(url);
    this.on('error', () => undefined);
  }
}
