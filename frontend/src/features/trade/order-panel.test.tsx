import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import { queryKeys } from '@/lib/queries';
import { accountStore } from '@/lib/stores/account';
import { askFor } from '@/lib/stores/intents';
import { DEFAULT_PREFERENCES, preferencesStore } from '@/lib/stores/preferences';
import { priceStore } from '@/lib/stores/prices';
import { makeAsset, makeOrder } from '@/testing/factories';
import { answerFetch, answerRoutes } from '@/testing/fetch';
import { OrderPanel } from './order-panel';

function show() {
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity }, mutations: { retryDelay: 0 } } });
  client.setQueryData(queryKeys.assets, { assets: [makeAsset()] });
  render(
    <QueryClientProvider client={client}>
      <OrderPanel />
    </QueryClientProvider>,
  );
}

const submit = () => screen.getByTestId<HTMLButtonElement>('order-submit');

beforeEach(() => {
  accountStore.getState().reset();
  accountStore.getState().endFetch({ orders: [], balanceCents: 500_000 });
  preferencesStore.getState().prefer(DEFAULT_PREFERENCES);
  priceStore.getState().reset();
  priceStore.getState().seed([makeAsset()], performance.now());
});

test('an order shows what it costs before it is sent, and its price on the button', async () => {
  show();
  await userEvent.type(screen.getByTestId('margin-input'), '100');
  expect(screen.getByTestId('estimate-fee').textContent).toBe('$0.50');
  expect(screen.getByTestId('estimate-liquidation').textContent).toBe('58,055.91');
  expect(submit().textContent).toBe('Buy BTC at 64,506.57');
  await userEvent.click(screen.getByTestId('sell-tab'));
  expect(submit().textContent).toBe('Sell BTC at 64,493.67');
});

test('a lost answer is asked for again under the same key', async () => {
  const sent = answerFetch('no answer', { status: 201, body: { message: '', order: makeOrder(), fee: 50, feePercentage: 0.5 } });
  show();
  await userEvent.type(screen.getByTestId('margin-input'), '100');
  await userEvent.click(screen.getByTestId('leverage-20'));
  await userEvent.click(submit());
  await waitFor(() => expect(accountStore.getState().orders).toHaveProperty('order-1'));
  const [first, second] = sent.filter(({ path }) => path === '/api/v2/trade/open');
  expect(first?.body).toEqual({ asset: 'BTC', type: 'buy', margin: '100.00', leverage: 20 });
  expect(first?.headers['Idempotency-Key']).toMatch(/^[0-9a-f-]{36}$/);
  expect(second?.headers['Idempotency-Key']).toBe(first?.headers['Idempotency-Key']);
});

test('a refused order says why, and the next try is a new one', async () => {
  const refusal = { status: 409, body: { error: 'The house takes no more longs.', code: 'exposure_limit' } };
  const sent = answerFetch(refusal, refusal);
  show();
  await userEvent.type(screen.getByTestId('margin-input'), '100');
  await userEvent.click(submit());
  expect((await screen.findByTestId('order-error')).textContent).toBe('The house takes no more longs.');
  await userEvent.click(submit());
  await waitFor(() => expect(sent).toHaveLength(2));
  expect(sent[1]?.headers['Idempotency-Key']).not.toBe(sent[0]?.headers['Idempotency-Key']);
});

test('what is wrong with the input is said at the field and nothing is sent', async () => {
  const sent = answerFetch();
  show();
  await userEvent.type(screen.getByTestId('margin-input'), '5');
  await userEvent.click(submit());
  expect(screen.getByRole('alert').textContent).toBe('The smallest margin is $10.00.');
  expect(document.activeElement).toBe(screen.getByTestId('margin-input'));
  expect(sent).toEqual([]);
});

test('at a stale price nothing can be ordered, and the page says why', () => {
  priceStore.getState().judgeStaleness(performance.now() + 60_000);
  show();
  expect(submit().disabled).toBe(true);
  expect(screen.getByTestId('order-blocked').textContent).toContain('out of date');
});

const PREVIEW = {
  order: { liquidationPrice: 580_559_131 },
  ...{ fee: 51, balanceAfter: 489_949, notional: 100_000, gainPerPercent: 999 },
  ...{ pnlAtTakeProfit: null, pnlAtStopLoss: null },
};

test('the server’s figures replace the page’s own once they are there for what is typed', async () => {
  const sent = answerRoutes({ 'GET /trade/preview': { status: 200, body: PREVIEW } });
  show();
  await userEvent.type(screen.getByTestId('margin-input'), '100');
  expect(screen.getByTestId('estimate').dataset.source).toBe('page');
  await waitFor(() => expect(screen.getByTestId('estimate').dataset.source).toBe('server'));
  expect(screen.getByTestId('estimate-fee').textContent).toBe('$0.51');
  expect(screen.getByTestId('estimate-move').textContent).toBe('± $9.99');
  expect(sent[0]?.path).toContain('margin=100.00');
  await userEvent.type(screen.getByTestId('margin-input'), '0');
  expect(screen.getByTestId('estimate').dataset.source).toBe('page');
  expect(screen.getByTestId('estimate-fee').textContent).toBe('$5.00');
});

test('with one click a press on a side is the order, and a second press while it is on its way is none', async () => {
  preferencesStore.getState().prefer({ oneClick: true });
  const sent = answerRoutes({
    'POST /trade/open': { status: 201, body: { message: '', order: makeOrder(), fee: 50, feePercentage: 0.5 } },
  });
  show();
  await userEvent.type(screen.getByTestId('margin-input'), '100');
  await userEvent.dblClick(screen.getByTestId('sell-tab'));
  await waitFor(() => expect(accountStore.getState().orders).toHaveProperty('order-1'));
  const placed = sent.filter(({ method }) => method === 'POST');
  expect(placed.map(({ body }) => body)).toEqual([{ asset: 'BTC', type: 'sell', margin: '100.00', leverage: 10 }]);
});

test('one click is turned on by who has read what it means', async () => {
  show();
  await userEvent.click(screen.getByTestId('one-click'));
  expect(preferencesStore.getState().oneClick).toBe(false);
  await userEvent.click(screen.getByTestId('one-click-confirm'));
  expect(preferencesStore.getState().oneClick).toBe(true);
});

test('the palette’s "sell" chooses the side and goes to the margin', async () => {
  show();
  act(() => askFor({ kind: 'side', side: 'sell' }));
  await waitFor(() => expect(submit().textContent).toContain('Sell BTC'));
  expect(document.activeElement).toBe(screen.getByTestId('margin-input'));
});

test('triggers are typed as money and shown as prices', async () => {
  show();
  await userEvent.type(screen.getByTestId('margin-input'), '100');
  await userEvent.click(screen.getByTestId('unit-money'));
  await userEvent.type(screen.getByTestId('take-profit-input'), '9.79');
  expect(screen.getByTestId('take-profit-elsewise').dataset.raw).toBe('651380894');
  await userEvent.click(screen.getByTestId('unit-price'));
  expect(screen.getByTestId<HTMLInputElement>('take-profit-input').value).toBe('65138.0894');
});
