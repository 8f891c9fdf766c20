import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, render } from '@testing-library/react';
import { Toaster, toast } from 'sonner';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { useHistory } from '@/features/history/use-history';
import { accountStore } from '@/lib/stores/account';
import { connectionStore } from '@/lib/stores/connection';
import { priceStore } from '@/lib/stores/prices';
import { sessionStore } from '@/lib/stores/session';
import { makeClosedOrder, makeOrder, makeSignedIn } from '@/testing/factories';
import { type Answer, type SentRequest, answerRoutes, ok, refusal } from '@/testing/fetch';
import { QuietWebSocket } from '@/testing/quiet-web-socket';
import { setCsrfCookie } from '@/testing/session';
import { StreamServer } from '@/testing/stream-server';
import { useLiveDesk } from './use-live-desk';

const account = () => accountStore.getState();
const balance = (cents: number) => ({ usd: cents / 100, cents });
const AFTER_OPENING = 489_950;
const AFTER_CLOSING = 500_879;

let server: StreamServer;
let sent: SentRequest[];

/** An order as its message tells it, in USD where that does. */
function told(order: object, cents: number): object {
  return { ...order, margin: 100, openPrice: 64_506.57, balance: balance(cents) };
}

function toldClosed(orderId: string, cents: number): object {
  return { ...told(makeClosedOrder({ orderId }), cents), closePrice: 65_138.6067, pnl: 9.79 };
}

function Desk() {
  useLiveDesk();
  useHistory();
  return <Toaster visibleToasts={10} />;
}

/** The trading page of somebody whose account is at message `seq`, with one open order. */
function show({ seq, routes = {} }: { seq?: number; routes?: Record<string, Answer | Answer[]> } = {}) {
  const told = seq === undefined ? {} : { seq };
  sent = answerRoutes({
    'GET /trade/open': ok({ orders: [makeOrder()], ...told }),
    'GET /user/balance': ok({ userId: 'user-1', email: '', balance: balance(AFTER_OPENING), ...told }),
    'GET /trade/history': ok({ orders: [], nextCursor: null }),
    'GET /asset/': ok({ assets: [] }),
    ...routes,
  });
  return render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <Desk />
    </QueryClientProvider>,
  );
}

const asked = (path: string) => sent.filter((request) => request.path.startsWith(`/api/v2${path}`)).length;
const isOpen = () => connectionStore.getState().status === 'open';
const openIds = () => Object.keys(account().orders);
const toasts = () => [...document.querySelectorAll('[data-sonner-toast]')].map((element) => element.textContent);

/** The server has told two messages: the account was opened, and then order-1. */
async function inStep() {
  server.lose('BALANCE', balance(500_000));
  server.lose('ORDER_OPENED', told(makeOrder(), AFTER_OPENING));
  show({ seq: 2 });
  await vi.waitFor(() => expect(isOpen()).toBe(true));
  await vi.waitFor(() => expect(openIds()).toEqual(['order-1']));
}

async function cutWhile(somethingHappens: () => void) {
  server.dropAll();
  somethingHappens();
  await vi.waitFor(() => expect(server.connections).toBe(2), { timeout: 3_000 });
  await vi.waitFor(() => expect(isOpen()).toBe(true));
}

beforeEach(async () => {
  server = await StreamServer.start();
  const { url } = server;
  vi.stubGlobal(
    'WebSocket',
    class extends QuietWebSocket {
      constructor() {
        super(url);
      }
    },
  );
  setCsrfCookie('csrf');
  connectionStore.getState().setStatus('connecting');
  sessionStore.getState().begin(makeSignedIn({ token: 'good' }));
});
afterEach(async () => {
  toast.dismiss();
  sessionStore.getState().end();
  setCsrfCookie(null);
  await server.stop();
  vi.unstubAllGlobals();
});

describe('after a loss of the connection', () => {
  test('an order that closed meanwhile is told once, the balance is right, and nothing is fetched again', async () => {
    await inStep();
    const before = sent.length;
    await cutWhile(() => server.tell('ORDER_CLOSED', toldClosed('order-1', AFTER_CLOSING)));
    await vi.waitFor(() => expect(openIds()).toEqual([]));
    expect(account().balanceCents).toBe(AFTER_CLOSING);
    expect(account().recentlyClosed.map(({ orderId }) => orderId)).toEqual(['order-1']);
    await vi.waitFor(() => expect(toasts().filter((text) => text.includes('take profit'))).toHaveLength(1));
    expect(server.heard('RESUME').at(-1)?.seq).toBe(2);
    expect(sent.slice(before).filter(({ path }) => /open|balance/.test(path))).toEqual([]);
  });

  test('what comes afterwards follows without a gap', async () => {
    await inStep();
    await cutWhile(() => server.tell('ORDER_CLOSED', toldClosed('order-1', AFTER_CLOSING)));
    server.tell('ORDER_OPENED', told(makeOrder({ orderId: 'order-2' }), AFTER_OPENING));
    await vi.waitFor(() => expect(openIds()).toEqual(['order-2']));
    expect(account().lastSeq).toBe(4);
  });

  test('of many closings one toast says how many', async () => {
    await inStep();
    await cutWhile(() => {
      for (const number of [1, 2, 3, 4, 5]) server.tell('ORDER_CLOSED', toldClosed(`order-${number}`, AFTER_CLOSING));
    });
    const summary = '5 orders closed while you were away';
    await vi.waitFor(() => expect(toasts().filter((text) => text.includes(summary))).toHaveLength(1));
    expect(toasts().find((text) => text.includes(summary))).toContain('Together +$48.95. Your history has each.');
    expect(toasts().filter((text) => text.includes('take profit'))).toEqual([]);
    expect(account().recentlyClosed).toHaveLength(5);
  });

  test('a snapshot replaces balance and positions, and the history is fetched', async () => {
    await inStep();
    const histories = asked('/trade/history');
    server.resumeMax = 0;
    server.snapshot = { balance: balance(123_400), orders: [told(makeOrder({ orderId: 'order-9' }), 123_400)] };
    await cutWhile(() => server.tell('ORDER_CLOSED', toldClosed('order-1', AFTER_CLOSING)));
    await vi.waitFor(() => expect(openIds()).toEqual(['order-9']));
    expect(account()).toMatchObject({ balanceCents: 123_400, lastSeq: 3 });
    await vi.waitFor(() => expect(toasts().some((text) => text.includes('1 position closed while you were away'))).toBe(true));
    await vi.waitFor(() => expect(asked('/trade/history')).toBeGreaterThan(histories), { timeout: 3_000 });
  });

  test('what opened and closed meanwhile is told as closed alone', async () => {
    await inStep();
    await cutWhile(() => {
      server.tell('ORDER_OPENED', told(makeOrder({ orderId: 'order-2' }), AFTER_OPENING));
      server.tell('ORDER_CLOSED', toldClosed('order-2', AFTER_CLOSING));
      server.tell('ORDER_OPENED', told(makeOrder({ orderId: 'order-3', leverage: 20 }), AFTER_OPENING));
    });
    await vi.waitFor(() => expect(toasts().filter((text) => text.includes('opened'))).toHaveLength(1));
    expect(toasts().find((text) => text.includes('opened'))).toContain('at 20x');
    expect(toasts().filter((text) => text.includes('take profit'))).toHaveLength(1);
  });

  test('what the page knows already is not told again', async () => {
    await inStep();
    server.forgetsToResume = true;
    server.dropAll();
    await vi.waitFor(() => expect(server.heard('RESUME')).toHaveLength(2), { timeout: 3_000 });
    server.broadcast({ type: 'ORDER_OPENED', seq: 2, data: told(makeOrder(), AFTER_OPENING) });
    server.broadcast({ type: 'RESUMED', seq: 2 });
    await vi.waitFor(() => expect(toasts().some((text) => text.includes('Connected again'))).toBe(true));
    expect(toasts().filter((text) => text.includes('opened'))).toEqual([]);
  });

  test('two answers of two moments are gone on from at the older one', async () => {
    for (const cents of [1, 2, 3]) server.lose('BALANCE', balance(cents));
    show({ seq: 3, routes: { 'GET /user/balance': ok({ userId: 'user-1', email: '', balance: balance(1), seq: 2 }) } });
    await vi.waitFor(() => expect(isOpen()).toBe(true));
    await vi.waitFor(() => expect(openIds()).toEqual(['order-1']));
    expect(account().fetchedSeq).toBe(2);
    expect(server.heard('RESUME').map(({ seq }) => seq)).toEqual([2]);
  });

  test('where less is told than was promised, the account is fetched', async () => {
    await inStep();
    const fetched = asked('/trade/open');
    server.forgetsToResume = true;
    server.dropAll();
    await vi.waitFor(() => expect(server.heard('RESUME')).toHaveLength(2), { timeout: 3_000 });
    server.broadcast({ type: 'RESUMED', seq: 3 });
    await vi.waitFor(() => expect(asked('/trade/open')).toBe(fetched + 1));
  });
});

test('what closed between the first answers of account and history is looked for once more', async () => {
  await inStep();
  await vi.waitFor(() => expect(asked('/trade/history')).toBe(2), { timeout: 3_000 });
});

test('somebody else’s token is for their own stream', async () => {
  server.tokens.add('grace’s');
  await inStep();
  act(() => sessionStore.getState().begin(makeSignedIn({ token: 'grace’s', userId: 'user-2' })));
  await vi.waitFor(() => expect(server.connections).toBe(2));
  await vi.waitFor(() => expect(isOpen()).toBe(true));
  expect(server.heard('AUTH').map(({ token }) => token)).toEqual(['good', 'grace’s']);
});

test('a message that never comes is noticed by the next', async () => {
  await inStep();
  const fetched = asked('/trade/open');
  server.lose('BALANCE', balance(1));
  server.tell('BALANCE', balance(2));
  await vi.waitFor(() => expect(asked('/trade/open')).toBe(fetched + 1));
});

test('from a server that doesn’t number its answers the account is fetched at every sign-in', async () => {
  show();
  await vi.waitFor(() => expect(isOpen()).toBe(true));
  await vi.waitFor(() => expect(openIds()).toEqual(['order-1']));
  const fetched = asked('/trade/open');
  await cutWhile(() => undefined);
  await vi.waitFor(() => expect(asked('/trade/open')).toBe(fetched + 1));
  expect(server.heard('RESUME')).toEqual([]);
});

describe('when the server ends the session', () => {
  test('one that is over elsewhere too is over at once, and says so', async () => {
    await inStep();
    answerRoutes({ 'POST /user/refresh': refusal(401, 'session_ended') });
    server.endSession();
    await vi.waitFor(() => expect(sessionStore.getState().status).toBe('signed-out'));
    expect(sessionStore.getState().notice).toBe('Your session has ended. Please sign in again.');
    expect(toasts().filter((text) => text.includes('Connection lost'))).toEqual([]);
  });

  test('one whose token has merely expired goes on with the next, as if nothing had been', async () => {
    server.tokens.add('better');
    await inStep();
    answerRoutes({ 'POST /user/refresh': ok(makeSignedIn({ token: 'better' })) });
    server.endSession();
    server.lose('ORDER_CLOSED', toldClosed('order-1', AFTER_CLOSING));
    await vi.waitFor(() => expect(server.heard('AUTH').map(({ token }) => token)).toEqual(['good', 'better']), { timeout: 3_000 });
    await vi.waitFor(() => expect(openIds()).toEqual([]));
    expect(isOpen()).toBe(true);
    expect(toasts().filter((text) => /Connect/.test(text))).toEqual([]);
  });

  test('while nobody can say, prices go on and the dead token is not tried again', async () => {
    await inStep();
    answerRoutes({ 'POST /user/refresh': refusal(503, 'unavailable') });
    server.endSession();
    await vi.waitFor(() => expect(server.heard('SUBSCRIBE')).toHaveLength(6), { timeout: 3_000 });
    server.broadcast({ type: 'PRICE_UPDATE', data: { symbol: 'BTC', bidPrice: 1, askPrice: 2, time: 3 } });
    await vi.waitFor(() => expect(priceStore.getState().quotes.BTC?.ask).toBe(2));
    expect(server.heard('AUTH')).toHaveLength(1);
    expect(sessionStore.getState().status).toBe('signed-in');
  });
});
