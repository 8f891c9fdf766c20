import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, renderHook, waitFor } from '@testing-library/react';
import type { ReactNode } from 'react';
import { toast } from 'sonner';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { accountStore } from '@/lib/stores/account';
import { priceStore } from '@/lib/stores/prices';
import { makeOrder } from '@/testing/factories';
import { answerRoutes, ok, refusal } from '@/testing/fetch';
import { useAmending } from './use-amending';

const ORDER = makeOrder({ stopLoss: 630_000_000 });

function wrapper({ children }: { children: ReactNode }) {
  return <QueryClientProvider client={new QueryClient()}>{children}</QueryClientProvider>;
}

function amending() {
  const { result } = renderHook(() => useAmending('BTC'), { wrapper });
  const stop = () => result.current.levels.find(({ kind }) => kind === 'stopLoss');
  const drag = (raw: number) => {
    act(() => result.current.begin(ORDER, 'stopLoss', raw, 'pointer'));
    act(() => result.current.move(raw));
  };
  return { result, stop, drag };
}

beforeEach(() => {
  accountStore.getState().put(ORDER);
  const quote = { symbol: 'BTC', bid: 644_936_700, ask: 645_065_700, last: null, time: 0, source: null };
  priceStore.getState().update(quote, 0);
});

afterEach(() => {
  accountStore.getState().reset();
  priceStore.getState().reset();
  vi.restoreAllMocks();
});

test('a moved trigger stands where it was let go, is sent once, and stays', async () => {
  const sent = answerRoutes({ 'POST /trade/modify': ok({ message: '', order: { ...ORDER, stopLoss: 620_000_000 } }) });
  const { result, stop, drag } = amending();
  drag(620_000_000);
  expect(stop()).toMatchObject({ raw: 620_000_000, isProposed: true });
  act(() => result.current.finish());
  expect(stop()).toMatchObject({ raw: 620_000_000, isProposed: true });
  expect(result.current.sent.size).toBe(1);
  await waitFor(() => expect(result.current.sent.size).toBe(0));
  expect(stop()).toMatchObject({ raw: 620_000_000, isProposed: false });
  expect(sent.map(({ body }) => body)).toEqual([{ orderId: 'order-1', stopLoss: '62000.0000' }]);
});

test('what the server refuses goes back', async () => {
  answerRoutes({ 'POST /trade/modify': refusal(400, 'stop_loss_wrong_side') });
  const { result, stop, drag } = amending();
  drag(620_000_000);
  act(() => result.current.finish());
  await waitFor(() => expect(stop()?.raw).toBe(630_000_000));
});

test('on the wrong side of the market nothing is sent, and it says why', () => {
  const sent = answerRoutes({});
  const said = vi.spyOn(toast, 'error');
  const { result, stop, drag } = amending();
  drag(650_000_000);
  act(() => result.current.finish());
  expect(said).toHaveBeenCalledWith('Not changed', {
    description: 'A long’s stop loss must be below the bid, 64,493.67.',
  });
  expect(stop()?.raw).toBe(630_000_000);
  expect(sent).toHaveLength(0);
});

test('given up, or put back where it was, nothing is sent', () => {
  const sent = answerRoutes({});
  const { result, stop, drag } = amending();
  drag(620_000_000);
  act(() => result.current.cancel());
  expect(stop()?.raw).toBe(630_000_000);
  drag(630_000_000);
  act(() => result.current.finish());
  expect(sent).toHaveLength(0);
});

test('a position that closes meanwhile takes its lines with it', () => {
  const { result, drag } = amending();
  drag(620_000_000);
  act(() => accountStore.getState().remove(ORDER.orderId));
  expect(result.current.amendment).toBeNull();
  expect(result.current.levels).toEqual([]);
});
