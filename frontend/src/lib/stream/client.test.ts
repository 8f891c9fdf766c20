import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { StreamStatus } from '@/lib/stores/connection';
import { QuietWebSocket } from '@/testing/quiet-web-socket';
import { StreamServer } from '@/testing/stream-server';
import { type CaughtUp, StreamClient, TIMING, retryDelay, streamUrl } from './client';
import type { StreamMessage } from './messages';

const QUICK = { quickPingMs: 10, pingMs: 20, pongWithinMs: 60, resumedWithinMs: 100, backoffMs: 10, backoffMaxMs: 40 };

describe('the stream client against a real server', () => {
  let server: StreamServer;
  let client: StreamClient | null = null;
  let statuses: StreamStatus[];
  let messages: StreamMessage[];
  let caughtUp: (CaughtUp | null)[];
  let pageSeq: number | null;

  beforeEach(async () => {
    vi.stubGlobal('WebSocket', QuietWebSocket);
    server = await StreamServer.start();
    statuses = [];
    messages = [];
    caughtUp = [];
    pageSeq = null;
  });
  afterEach(async () => {
    client?.stop();
    await server.stop();
    vi.unstubAllGlobals();
  });

  function connect(token = 'good', timing = QUICK) {
    client = new StreamClient({
      url: server.url,
      token,
      symbols: ['BTC', 'ETH'],
      resumeFrom: () => pageSeq,
      onMessage: (message) => messages.push(message),
      onSignedIn: (news) => caughtUp.push(news),
      onStatus: (status) => statuses.push(status),
      timing,
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

  const balance = (cents: number) => ({ usd: cents / 100, cents, reason: 'deposit' });
  const seqsOf = (news: CaughtUp | null | undefined) => news?.missed.map(({ seq }) => seq);

  test('with nothing to go on from it asks for nothing, and says so', async () => {
    connect();
    await vi.waitFor(() => expect(caughtUp).toEqual([null]));
    expect(server.heard('RESUME')).toEqual([]);
  });

  test('says how far the page is before it signs in, and hands on what was missed at once', async () => {
    server.tell('BALANCE', balance(1));
    server.tell('BALANCE', balance(2));
    server.tell('BALANCE', balance(3));
    pageSeq = 1;
    connect();
    await vi.waitFor(() => expect(statuses).toEqual(['connecting', 'open']));
    expect(server.received.slice(0, 2)).toEqual([
      { type: 'RESUME', seq: 1 },
      { type: 'AUTH', token: 'good' },
    ]);
    expect(caughtUp).toHaveLength(1);
    expect(caughtUp[0]?.seq).toBe(3);
    expect(seqsOf(caughtUp[0])).toEqual([2, 3]);
    expect(messages.filter(({ type }) => type === 'account')).toEqual([]);
  });

  test('what comes afterwards comes one by one', async () => {
    pageSeq = 0;
    connect();
    await vi.waitFor(() => expect(statuses).toContain('open'));
    server.tell('BALANCE', balance(1));
    await vi.waitFor(() => expect(messages).toContainEqual({ type: 'account', event: { kind: 'balance', seq: 1, balanceCents: 1 } }));
  });

  test('a state that comes while the line is opened is gone on from too', async () => {
    server.isMute = true;
    connect();
    await vi.waitFor(() => expect(server.heard('AUTH')).toHaveLength(1));
    pageSeq = 0;
    server.isMute = false;
    client?.authenticate('good');
    await vi.waitFor(() => expect(caughtUp).toEqual([{ seq: 0, missed: [] }]));
  });

  test('after a loss it goes on from where the page is then', async () => {
    pageSeq = 0;
    connect();
    await vi.waitFor(() => expect(statuses).toContain('open'));
    server.tell('BALANCE', balance(1));
    await vi.waitFor(() => expect(messages.some(({ type }) => type === 'account')).toBe(true));
    pageSeq = 1;
    server.dropAll();
    server.tell('BALANCE', balance(2));
    await vi.waitFor(() => expect(statuses.at(-1)).toBe('open'));
    await vi.waitFor(() => expect(seqsOf(caughtUp.at(-1))).toEqual([2]));
  });

  test('a loss on the way leaves nothing half told', async () => {
    server.tell('BALANCE', balance(1));
    server.forgetsToResume = true;
    pageSeq = 0;
    connect();
    await vi.waitFor(() => expect(server.heard('RESUME')).toHaveLength(1));
    server.forgetsToResume = false;
    server.dropAll();
    await vi.waitFor(() => expect(caughtUp).toHaveLength(1));
    expect(seqsOf(caughtUp[0])).toEqual([1]);
  });

  test('a newer token asks again, on the same line', async () => {
    server.tokens.add('better');
    pageSeq = 0;
    connect();
    await vi.waitFor(() => expect(caughtUp).toHaveLength(1));
    client?.authenticate('better');
    await vi.waitFor(() => expect(caughtUp).toHaveLength(2));
    expect(server.received.filter(({ type }) => type === 'AUTH' || type === 'RESUME').map(({ type }) => type)).toEqual([
      'RESUME',
      'AUTH',
      'AUTH',
      'RESUME',
    ]);
    expect(server.connections).toBe(1);
  });

  test('a server that knows no RESUME, or forgets it, leaves the page to fetch', async () => {
    pageSeq = 0;
    server.knowsResume = false;
    connect();
    await vi.waitFor(() => expect(caughtUp).toEqual([null]));
    server.knowsResume = true;
    server.forgetsToResume = true;
    server.dropAll();
    await vi.waitFor(() => expect(caughtUp).toEqual([null, null]));
    expect(statuses.at(-1)).toBe('open');
  });

  test('a session that ends is no loss of the connection; prices go on, and the dead token is not tried again', async () => {
    connect();
    await vi.waitFor(() => expect(statuses).toEqual(['connecting', 'open']));
    server.endSession();
    await vi.waitFor(() => expect(server.connections).toBe(2));
    await vi.waitFor(() => expect(server.heard('SUBSCRIBE')).toHaveLength(4));
    expect(statuses).toEqual(['connecting', 'open', 'connecting']);
    expect(server.heard('AUTH')).toHaveLength(1);

    server.tokens.add('better');
    client?.authenticate('better');
    await vi.waitFor(() => expect(statuses).toEqual(['connecting', 'open', 'connecting', 'open']));
    expect(server.heard('AUTH').map(({ token }) => token)).toEqual(['good', 'better']);
    expect(server.connections).toBe(2);
  });

  test('a newer token ends the pause after that', async () => {
    server.tokens.add('better');
    connect('good', { ...QUICK, backoffMs: 60_000, backoffMaxMs: 60_000 });
    await vi.waitFor(() => expect(statuses).toEqual(['connecting', 'open']));
    server.endSession();
    await vi.waitFor(() => expect(statuses).toEqual(['connecting', 'open', 'connecting']));
    client?.authenticate('better');
    await vi.waitFor(() => expect(statuses.at(-1)).toBe('open'));
  });

  test('the end of a token is not taken for that of the newer one, which is under way', async () => {
    server.tokens.add('better');
    connect();
    await vi.waitFor(() => expect(statuses).toEqual(['connecting', 'open']));
    server.isMute = true;
    client?.authenticate('better');
    await vi.waitFor(() => expect(server.heard('AUTH')).toHaveLength(2));
    server.isMute = false;
    server.endSession();
    await vi.waitFor(() => expect(statuses).toEqual(['connecting', 'open', 'connecting', 'open']));
    expect(server.heard('AUTH').map(({ token }) => token)).toEqual(['good', 'better', 'better']);
  });

  test('asks for the desk’s time', async () => {
    connect();
    await vi.waitFor(() => expect(messages.filter(({ type }) => type === 'pong').length).toBeGreaterThan(2));
    const pong = messages.find((message) => message.type === 'pong');
    expect(server.heard('PING')[0]?.sentAt).toBe(pong?.type === 'pong' && pong.sentAt);
    expect(pong).toMatchObject({ time: expect.any(Number) as number });
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
