import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Profiler } from 'react';
import { beforeEach, expect, test, vi } from 'vitest';
import { connectionStore } from '@/lib/stores/connection';
import { type Latency, latencyStore } from '@/lib/stores/latency';
import { priceStore, useQuote } from '@/lib/stores/prices';
import { ConnectionLight } from './connection-light';

const LATENCY: Latency = { feed: 38, wire: 5, screen: 7, total: 12, roundTrip: 4 };

const live = (bid: number) =>
  priceStore.getState().update({ symbol: 'BTC', bid, ask: bid + 1, last: null, time: 1, source: 'binance' }, performance.now());
const tell = (latency: Latency | null) => act(() => latencyStore.getState().show(latency));
const figure = () => screen.getByTestId('latency');

let renders: number;

/** Renders with the price, as the figures of the page do. */
function Witness() {
  return <p data-testid="witness">{useQuote('BTC')?.bid}</p>;
}

beforeEach(() => {
  renders = 0;
  priceStore.getState().reset();
  latencyStore.getState().show(null);
  connectionStore.getState().setStatus('open');
  live(1);
  render(
    <Profiler id="light" onRender={() => (renders += 1)}>
      <ConnectionLight />
    </Profiler>,
  );
  render(<Witness />);
});

test('says how old a price is when it is drawn, and a dash as long as nobody knows', () => {
  expect(figure().textContent).toBe('·—');
  tell(LATENCY);
  expect(figure().textContent).toBe('·12 ms');
});

test.each([
  [249, 'good'],
  [250, 'slow'],
  [1_000, 'late'],
])('%i ms are %s', (total, level) => {
  tell({ ...LATENCY, wire: total, screen: 0, total });
  expect(figure().dataset.level).toBe(level);
});

test('is silent about it to who listens: only the state is spoken, when it changes', () => {
  tell(LATENCY);
  expect(figure().getAttribute('aria-hidden')).toBe('true');
  expect(screen.getByRole('status').textContent).toBe('Prices arrive as they are made');
  expect(screen.getByRole('button').textContent).toContain('Live');
});

test('a price that isn’t live has no figure', () => {
  tell(LATENCY);
  act(() => connectionStore.getState().setStatus('offline'));
  expect(screen.queryByTestId('latency')).toBeNull();
  expect(screen.getByTestId('connection-light').dataset.state).toBe('offline');
});

test('however many prices come, it renders when its own figure is another', async () => {
  const before = renders;
  for (let bid = 2; bid < 300; bid += 1) live(bid);
  await vi.waitFor(() => expect(screen.getByTestId('witness').textContent).toBe('299'));
  expect(renders).toBe(before);
  tell(LATENCY);
  tell({ ...LATENCY });
  expect(renders).toBe(before + 1);
});

test('pressed, it tells where the time goes', async () => {
  tell(LATENCY);
  await userEvent.click(screen.getByTestId('connection-light'));
  const text = (await screen.findByTestId('latency-details')).textContent;
  for (const words of ['Exchange to desk38 ms', 'Desk to browser5 ms', 'Browser to screen7 ms', 'Desk to screen12 ms', 'Round trip4 ms']) {
    expect(text).toContain(words);
  }
  tell({ ...LATENCY, feed: null });
  await vi.waitFor(() => expect(screen.getByTestId('latency-details').textContent).toContain('Exchange to desk—'));
});
