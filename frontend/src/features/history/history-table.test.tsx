import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { toast } from 'sonner';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { accountStore } from '@/lib/stores/account';
import { makeClosedOrder } from '@/testing/factories';
import { type SentRequest, answerRoutes, ok, refusal } from '@/testing/fetch';
import { showPage } from '@/testing/show-page';
import { HistoryTable } from './history-table';

const page = (...orders: object[]) => ok({ orders, nextCursor: null });
const asked = (sent: SentRequest[]) =>
  sent.map(({ path }) => Object.fromEntries(new URL(path, 'http://desk').searchParams.entries()));

beforeEach(() => {
  localStorage.clear();
  accountStore.getState().reset();
});
afterEach(() => vi.unstubAllGlobals());

test('each chip narrows what the server is asked for, is kept, and one button clears them all', async () => {
  const sent = answerRoutes({ 'GET /trade/history': page(makeClosedOrder({ netPnl: 879 })) });
  const { unmount } = showPage(<HistoryTable />);
  await userEvent.selectOptions(await screen.findByTestId('history-filter-asset'), 'ETH');
  await userEvent.selectOptions(screen.getByTestId('history-filter-outcome'), 'lost');
  await waitFor(() => expect(asked(sent).at(-1)).toEqual({ limit: '25', asset: 'ETH', outcome: 'lost' }));
  unmount();

  showPage(<HistoryTable />);
  expect((await screen.findByTestId<HTMLSelectElement>('history-filter-asset')).value).toBe('ETH');
  await userEvent.click(screen.getByTestId('history-clear'));
  await waitFor(() => expect(asked(sent).at(-1)).toEqual({ limit: '25' }));
  expect(screen.queryByTestId('history-clear')).toBeNull();
});

test('a filter that nothing matches offers all, a new account is told what comes here', async () => {
  const answers = [page(makeClosedOrder()), page(), page(makeClosedOrder())];
  answerRoutes({ 'GET /trade/history': answers });
  showPage(<HistoryTable />);
  await userEvent.selectOptions(await screen.findByTestId('history-filter-side'), 'sell');
  await userEvent.click(await screen.findByTestId('history-show-all'));
  expect(await screen.findAllByTestId('history-row')).toHaveLength(1);
});

test('a new account has nothing to narrow', async () => {
  answerRoutes({ 'GET /trade/history': page() });
  showPage(<HistoryTable />);
  expect(await screen.findByText('Nothing closed yet')).toBeDefined();
  expect(screen.queryByTestId('history-csv')).toBeNull();
});

test('what closes now stands on top at once where it belongs to what is shown', async () => {
  answerRoutes({ 'GET /trade/history': page(makeClosedOrder({ orderId: 'old', asset: 'ETH' })) });
  showPage(<HistoryTable />);
  await userEvent.selectOptions(await screen.findByTestId('history-filter-asset'), 'ETH');
  await waitFor(() => expect(screen.queryByTestId('history-table')?.parentElement?.ariaBusy).not.toBe('true'));
  for (const [seq, asset] of [[1, 'ETH'], [2, 'BTC']] as const) {
    const order = makeClosedOrder({ orderId: `new-${asset}`, asset, closeTimestamp: 1_800_000_000_000 });
    act(() => void accountStore.getState().apply({ kind: 'closed', seq, balanceCents: 1, order }));
  }
  await waitFor(() =>
    expect(screen.getAllByTestId('history-row').map((row) => row.dataset.orderId)).toEqual(['new-ETH', 'old']),
  );
});

test('older pages come below, under the same filters', async () => {
  const older = makeClosedOrder({ orderId: 'older', closeTimestamp: 1_600_000_000_000 });
  const sent = answerRoutes({
    'GET /trade/history': [ok({ orders: [makeClosedOrder()], nextCursor: 'next' }), page(older)],
  });
  showPage(<HistoryTable />);
  await userEvent.click(await screen.findByTestId('history-more'));
  await waitFor(() => expect(screen.getAllByTestId('history-row')).toHaveLength(2));
  expect(asked(sent).at(-1)).toEqual({ limit: '25', cursor: 'next' });
  expect(screen.getByTestId('history-count').textContent).toBe('2 orders, all there are');
});

test('a receipt leads to the other parts of its position', async () => {
  const part = makeClosedOrder({ orderId: 'part', parentOrderId: 'whole', closeReason: 'partial_close', receipt: null });
  const whole = makeClosedOrder({ orderId: 'whole', closeReason: 'manual', receipt: null, closeTimestamp: 1_700_000_090_000 });
  const sent = answerRoutes({ 'GET /trade/history': [page(part), page(whole, part), page(whole, part)] });
  showPage(<HistoryTable />);
  await userEvent.click(await screen.findByTestId('history-receipt'));
  const dialog = screen.getByTestId('receipt');
  expect(within(dialog).getByTestId('receipt-words').textContent).toMatch(/^A part of the position was closed by you/);
  await userEvent.click(await within(dialog).findByTestId('receipt-relative'));
  expect(within(dialog).getByTestId('receipt-words').textContent).toMatch(/^Closed by you/);
  expect(asked(sent).slice(1)).toContainEqual({ orderId: 'whole', limit: '1000' });
});

test('a failure says so and can be tried again', async () => {
  answerRoutes({ 'GET /trade/history': [refusal(503, 'unavailable', 'Not now.'), page(makeClosedOrder())] });
  showPage(<HistoryTable />);
  await userEvent.click(await screen.findByRole('button', { name: 'Try again' }));
  expect(await screen.findAllByTestId('history-row')).toHaveLength(1);
});

test('all that matches is saved as one file, which says when it is not all', async () => {
  const saved: Blob[] = [];
  vi.stubGlobal('URL', Object.assign(URL, { createObjectURL: (blob: Blob) => `blob:${saved.push(blob)}`, revokeObjectURL: vi.fn() }));
  const warned = vi.spyOn(toast, 'warning');
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => undefined);
  const csv = 'orderId,asset\r\na,BTC\r\nb,BTC\r\n';
  const sent = answerRoutes({
    'GET /trade/history': [
      page(makeClosedOrder()),
      page(makeClosedOrder()),
      { status: 200, body: csv, headers: { 'X-Cfdesk-Truncated': 'true' } },
    ],
  });
  showPage(<HistoryTable />);
  await userEvent.selectOptions(await screen.findByTestId('history-filter-reason'), 'liquidation');
  await userEvent.click(screen.getByTestId('history-csv'));
  await waitFor(() => expect(warned).toHaveBeenCalled());
  expect(asked(sent).at(-1)).toEqual({ reason: 'liquidation', format: 'csv' });
  expect(warned.mock.calls[0]?.[0]).toBe('2 orders saved');
  expect(await saved[0]?.text()).toBe(csv);
});
