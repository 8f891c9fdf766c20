import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test, vi } from 'vitest';
import { ApiError } from '@/lib/api/errors';
import { accountStore } from '@/lib/stores/account';
import { DEFAULT_PREFERENCES, preferencesStore } from '@/lib/stores/preferences';
import { priceStore } from '@/lib/stores/prices';
import { makeAsset, makeOrder } from '@/testing/factories';
import { answerRoutes, ok, refusal } from '@/testing/fetch';
import { PositionsTable } from './positions-table';

const account = () => accountStore.getState();

function show() {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <PositionsTable />
    </QueryClientProvider>,
  );
}

function price(bid: number, ask: number) {
  priceStore.getState().update({ symbol: 'BTC', bid, ask, last: null, time: 1, source: 'binance' }, performance.now());
}

beforeEach(() => {
  account().reset();
  priceStore.getState().reset();
  preferencesStore.getState().prefer(DEFAULT_PREFERENCES);
});

test('a position is valued at the price that would close it, and follows it', async () => {
  price(651_386_067, 651_516_357);
  account().endFetch({ orders: [makeOrder()], balanceCents: 489_950 });
  show();
  expect(screen.getByTestId('position-pnl').textContent).toBe('+$9.79');
  expect(screen.getByTestId('position-pnl-percent').textContent).toBe('+9.79%');
  act(() => price(644_936_700, 645_065_700));
  await vi.waitFor(() => expect(screen.getByTestId('position-pnl').dataset.cents).toBe('-19'));
  expect(screen.getByTestId('position-price').dataset.raw).toBe('644936700');
});

test('a trailing stop is shown by its distance and where it stands', () => {
  const stop = { enabled: true, trailingDistance: 1_005_000, highestPrice: 645_000_000, lowestPrice: null, stopPrice: 643_995_000 };
  const orders = [makeOrder({ orderId: 'with', trailingStopLoss: stop }), makeOrder({ orderId: 'without' })];
  account().endFetch({ orders, balanceCents: 1 });
  show();
  expect(screen.getByTestId('position-trailing').textContent).toBe('64,399.50 trails by 100.50');
});

const CLOSED = { status: 200, body: { message: '', orderId: 'order-1', closePrice: 651_386_067, pnl: 9.79 } };

test('closing asks, then sends the order’s id and takes it off the table', async () => {
  price(651_386_067, 651_516_357);
  account().endFetch({ orders: [makeOrder()], balanceCents: 489_950 });
  const sent = answerRoutes({ 'POST /trade/close': CLOSED });
  show();
  await userEvent.click(screen.getByTestId('position-close'));
  expect(sent.filter(({ method }) => method === 'POST')).toEqual([]);
  await userEvent.click(screen.getByTestId('position-close-confirm'));
  await screen.findByText('No open positions');
  const closing = sent.find(({ method }) => method === 'POST');
  expect(closing).toMatchObject({ path: '/api/v2/trade/close', body: { orderId: 'order-1' } });
  expect(closing?.headers['Idempotency-Key']).toBeTruthy();
});

test('where one click is wanted, closing doesn’t ask', async () => {
  preferencesStore.getState().prefer({ oneClick: true });
  account().endFetch({ orders: [makeOrder()], balanceCents: 489_950 });
  answerRoutes({ 'POST /trade/close': CLOSED });
  show();
  await userEvent.click(screen.getByTestId('position-close'));
  await screen.findByText('No open positions');
});

test('a take profit is shown as asked until the answer, and as it was when it is refused', async () => {
  price(651_386_067, 651_516_357);
  account().endFetch({ orders: [makeOrder()], balanceCents: 489_950 });
  const sent = answerRoutes({
    'POST /trade/modify': refusal(400, 'take_profit_wrong_side', 'The take profit is on the wrong side.', [
      { field: 'takeProfit', message: 'The take profit is on the wrong side.' },
    ]),
  });
  show();
  await userEvent.click(screen.getByTestId('position-take-profit'));
  await userEvent.type(screen.getByTestId('trigger-price'), '65200.5');
  await userEvent.click(screen.getByTestId('trigger-submit'));
  await screen.findByText('The take profit is on the wrong side.');
  expect(sent.find(({ method }) => method === 'POST')?.body).toEqual({ orderId: 'order-1', takeProfit: '65200.5000' });
  expect(screen.getByTestId('position-take-profit').textContent).toMatch(/now –$/);
});

test('a trigger on the wrong side of the price is said before it is sent', async () => {
  price(651_386_067, 651_516_357);
  account().endFetch({ orders: [makeOrder()], balanceCents: 489_950 });
  const sent = answerRoutes({});
  show();
  await userEvent.click(screen.getByTestId('position-stop-loss'));
  await userEvent.type(screen.getByTestId('trigger-price'), '66000');
  await userEvent.click(screen.getByTestId('trigger-submit'));
  await screen.findByText(/A long’s stop loss must be below the price, now 65,138.61/);
  expect(sent.filter(({ method }) => method === 'POST')).toEqual([]);
});

test('a part is closed by the percentage of the slider', async () => {
  price(651_386_067, 651_516_357);
  account().endFetch({ orders: [makeOrder()], balanceCents: 489_950 });
  const sent = answerRoutes({
    'GET /asset/': ok({ assets: [makeAsset()] }),
    'POST /trade/partial-close': ok({ percentageClosed: 25, pnl: 244, closePrice: 651_386_067 }),
  });
  show();
  await userEvent.click(screen.getByTestId('position-manage'));
  await userEvent.click(await screen.findByTestId('partial-25'));
  expect(screen.getByTestId('partial-pnl').textContent).toBe('+$2.44');
  screen.getByTestId('partial-slider').focus();
  await userEvent.keyboard('{ArrowRight}');
  await userEvent.click(screen.getByTestId('partial-submit'));
  await vi.waitFor(() =>
    expect(sent.find(({ method }) => method === 'POST')?.body).toEqual({ orderId: 'order-1', percentage: 26 }),
  );
});

test('loading, a failure and nothing are told apart', () => {
  show();
  expect(screen.getByLabelText('Loading positions')).toBeTruthy();
  act(() => account().failFetch(new ApiError(503, 'restoring', 'Trading is being restored.')));
  expect(screen.getByText('Trading is being restored.')).toBeTruthy();
  act(() => account().endFetch({ orders: [], balanceCents: 1 }));
  expect(screen.getByText('No open positions')).toBeTruthy();
});
