import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocket as NodeWebSocket } from 'ws';
import type { StreamStatus } from '@/lib/stores/connection';
import { StreamServer } from '@/testing/stream-server';
import { StreamClient, TIMING, retryDelay, streamUrl } from './client';
import type { StreamMessage } from './messages';

/** jsdom's own WebSocket breaks on its events under Node 20; this one throws errors nobody listens to. */
class QuietWebSocket extends NodeWebSocket {
  constructor(url: string) {
    super(url);
    this.on('error', () => undefined);
  }
}

const QUICK = { pingMs: 20, pongWithinMs: 60, backoffMs: 10, backoffMaxMs: 40 };

describe('the stream client against a real server', () => {
  let server: StreamServer;
  let client: StreamClient | null = null;
  let statuses: StreamStatus[];
  let messages: StreamMessage[];

  beforeEach(async () => {
    vi.stubGlobal('WebSocket', QuietWebSocket);
    server = await StreamServer.start();
    statuses = [];
    messages = [];
  });
  afterEach(async () => {
    client?.stop();
    await server.stop();
    vi.unstubAllGlobals();
  });

  function connect(token = 'good') {
    client = new StreamClient({
      url: server.url,
      token,
      symbols: ['BTC', 'ETH'],
      onMessage: (message) => messages.push(message),
      onStatus: (status) => statuses.push(status),
      timing: QUICK,
    });
    client.start();
  }

  test('signs in, subscribes and is open once the server says so', async () => {
    connect();
    await vi.waitFor(() => expect(statuses).toEqual(['connecting', 'open']));
    expect(server.received.slice(0, 3)).toEqual([
      { type: 'AUTH', token: 'good' },
      { type: 'SUBSCRIBE', symbol: 'BTC' },
      { type: 'SUBSCRIBE', symbol: 'ETH' },
    ]);
  });

  test('hands on what it understands', async () => {
    connect();
    await vi.waitFor(() => expect(statuses).toContain('open'));
    server.broadcast({ type: 'PRICE_UPDATE', data: { symbol: 'BTC', bidPrice: 1, askPrice: 2, time: 3 } });
    await vi.waitFor(() => expect(messages.some((message) => message.type === 'price')).toBe(true));
  });

  test('tells of a token the server refuses, and is not open', async () => {
    connect('expired');
    await vi.waitFor(() => expect(messages).toContainEqual({ type: 'unauthenticated', message: 'no' }));
    expect(statuses).toEqual(['connecting']);
  });

  test('hands over a newer token on the same line, and uses it after a loss', async () => {
    connect('expired');
    await vi.waitFor(() => expect(messages).toContainEqual({ type: 'unauthenticated', message: 'no' }));
    client?.authenticate('good');
    await vi.waitFor(() => expect(statuses).toEqual(['connecting', 'open']));
    expect(server.connections).toBe(1);
    server.dropAll();
    await vi.waitFor(() => expect(statuses).toEqual(['connecting', 'open', 'offline', 'open']));
    expect(server.received.filter(({ type }) => type === 'AUTH').map(({ token }) => token)).toEqual(['expired', 'good', 'good']);
  });

  test('comes back after the connection is cut', async () => {
    connect();
    await vi.waitFor(() => expect(statuses).toContain('open'));
    server.dropAll();
    await vi.waitFor(() => expect(statuses).toEqual(['connecting', 'open', 'offline', 'open']));
    expect(server.connections).toBe(2);
  });

  test('comes back after the server was away for a while', async () => {
    connect();
    await vi.waitFor(() => expect(statuses).toContain('open'));
    const { port } = server;
    await server.stop();
    await vi.waitFor(() => expect(statuses.filter((status) => status === 'offline').length).toBeGreaterThan(2));
    server = await StreamServer.start(port);
    await vi.waitFor(() => expect(statuses.at(-1)).toBe('open'));
  });

  test('gives up a line on which pings go unanswered', async () => {
    connect();
    await vi.waitFor(() => expect(statuses).toContain('open'));
    server.isMute = true;
    await vi.waitFor(() => expect(statuses).toContain('offline'));
  });

  test('stays away once stopped', async () => {
    connect();
    await vi.waitFor(() => expect(statuses).toContain('open'));
    client?.stop();
    server.dropAll();
    await new Promise((resolve) => setTimeout(resolve, 4 * QUICK.backoffMaxMs));
    expect(server.connections).toBe(1);
    expect(statuses).toEqual(['connecting', 'open']);
  });
});

describe('retry pauses', () => {
  test('double up to the limit and never fall below half of it', () => {
    expect([0, 1, 2, 20].map((failures) => retryDelay(failures, TIMING, () => 1))).toEqual([500, 1_000, 2_000, 15_000]);
    expect(retryDelay(20, TIMING, () => 0)).toBe(7_500);
  });
});

test('the stream is encrypted when the page is', () => {
  expect(streamUrl({ protocol: 'http:', host: 'desk:5000' })).toBe('ws://desk:5000/ws');
  expect(streamUrl({ protocol: 'https:', host: 'desk' })).toBe('wss://desk/ws');
});
