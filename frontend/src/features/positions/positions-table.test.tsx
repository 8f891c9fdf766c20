import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test, vi } from 'vitest';
import { ApiError } from '@/lib/api/errors';
import { accountStore } from '@/lib/stores/account';
import { priceStore } from '@/lib/stores/prices';
import { makeOrder } from '@/testing/factories';
import { answerFetch } from '@/testing/fetch';
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

test('a trailing stop is shown by its distance', () => {
  const stop = { enabled: true, trailingDistance: 1_005_000, highestPrice: 645_000_000, lowestPrice: null, stopPrice: 643_995_000 };
  const orders = [makeOrder({ orderId: 'with', trailingStopLoss: stop }), makeOrder({ orderId: 'without' })];
  account().endFetch({ orders, balanceCents: 1 });
  show();
  expect(screen.getByTestId('position-trailing').textContent).toBe('trailing 100.50');
});

test('closing sends the order’s id and takes it off the table', async () => {
  price(651_386_067, 651_516_357);
  account().endFetch({ orders: [makeOrder()], balanceCents: 489_950 });
  const sent = answerFetch({ status: 200, body: { message: '', orderId: 'order-1', closePrice: 651_386_067, pnl: 9.79 } });
  show();
  await userEvent.click(screen.getByTestId('position-close'));
  await screen.findByText('No open positions');
  expect(sent[0]).toMatchObject({ method: 'POST', path: '/api/v2/trade/close', body: { orderId: 'order-1' } });
  expect(sent[0]?.headers['Idempotency-Key']).toBeTruthy();
});

test('loading, a failure and nothing are told apart', () => {
  show();
  expect(screen.getByLabelText('Loading positions')).toBeTruthy();
  act(() => account().failFetch(new ApiError(503, 'restoring', 'Trading is being restored.')));
  expect(screen.getByText('Trading is being restored.')).toBeTruthy();
  act(() => account().endFetch({ orders: [], balanceCents: 1 }));
  expect(screen.getByText('No open positions')).toBeTruthy();
});
