import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import type { PerformanceAnswer, Results } from '@/lib/api/types';
import { answerRoutes, ok, refusal } from '@/testing/fetch';
import { showPage } from '@/testing/show-page';
import { PerformancePanel } from './performance-panel';

const results: Results = {
  trades: 3,
  won: 2,
  lost: 1,
  winRateBps: 6_666,
  pnl: 1_200,
  fees: 300,
  net: 900,
  grossProfit: 1_500,
  grossLoss: 600,
  profitFactorBps: 25_000,
  averageWin: 750,
  averageLoss: 600,
  best: 1_000,
  worst: -600,
  averageHoldingMs: 90_000,
};

function answer(part: Partial<PerformanceAnswer> = {}): PerformanceAnswer {
  return {
    total: results,
    feesPaid: 350,
    maxDrawdown: 600,
    maxDrawdownBps: 12,
    streaks: { longestWon: 2, longestLost: 1, current: -1 },
    equity: [
      { time: 1_767_225_600_000, equity: 500_000, curve: 1 },
      { time: 1_767_312_000_000, equity: 500_900, curve: 1 },
    ],
    byAsset: [{ asset: 'BTC', ...results }],
    byDay: [{ day: '2026-01-02', trades: 3, net: 900 }],
    ...part,
  };
}

const nothing: Results = {
  ...results,
  trades: 0,
  winRateBps: null,
  profitFactorBps: null,
};

beforeEach(() => localStorage.clear());

test('each figure is the server’s', async () => {
  answerRoutes({ 'GET /trade/performance': ok(answer()) });
  showPage(<PerformancePanel />);
  const figure = async (name: string) => (await screen.findByTestId(`figure-${name}`)).textContent;
  expect(await figure('net')).toContain('+$9.00');
  expect(await figure('win-rate')).toContain('66.66%');
  expect(await figure('profit-factor')).toContain('2.50');
  expect(await figure('drawdown')).toContain('$6.000.12% of the peak');
  expect(await figure('fees')).toContain('$3.50');
  expect(await figure('trades')).toContain('1 min 30 s on average');
  expect(await figure('average-loss')).toContain('-$6.00');
  expect(await figure('streak')).toContain('1 lost');
  const row = screen.getByTestId('performance-asset-row');
  expect(within(row).getAllByRole('cell').map((cell) => cell.textContent)).toEqual(['3', '66.66%', '2.50', '$3.00', '+$9.00']);
});

test('what can’t be divided has a dash, and not a zero', async () => {
  answerRoutes({ 'GET /trade/performance': ok(answer({ total: { ...results, lost: 0, profitFactorBps: null, averageLoss: null } })) });
  showPage(<PerformancePanel />);
  expect((await screen.findByTestId('figure-profit-factor')).textContent).toContain('–');
  expect(screen.getByTestId('figure-average-loss').textContent).toContain('–');
});

test('the time and the asset are asked for, and kept', async () => {
  const sent = answerRoutes({ 'GET /trade/performance': ok(answer()) });
  const { unmount } = showPage(<PerformancePanel />);
  await userEvent.click(screen.getByTestId('performance-period-7d'));
  await userEvent.click(screen.getByTestId('performance-asset-ETH'));
  const asked = () => new URL(sent.at(-1)?.path ?? '', 'http://desk').searchParams;
  await waitFor(() => expect(asked().get('asset')).toBe('ETH'));
  expect(Number(asked().get('from')) % 86_400_000).toBe(0);
  unmount();
  showPage(<PerformancePanel />);
  await waitFor(() => expect(screen.getByTestId('performance-asset-ETH').dataset.state).toBe('checked'));
  expect(screen.getByTestId('performance-period-7d').dataset.state).toBe('checked');
});

test('whoever has closed nothing is told what will stand here; in a short time one is led to the whole', async () => {
  const empty = ok(answer({ total: nothing, equity: [], byAsset: [], byDay: [] }));
  answerRoutes({ 'GET /trade/performance': empty });
  showPage(<PerformancePanel />);
  expect((await screen.findByTestId('performance-empty')).textContent).toContain('begin with the first close');
  await userEvent.click(screen.getByTestId('performance-period-30d'));
  await userEvent.click(await screen.findByTestId('performance-whole'));
  expect((await screen.findByTestId('performance-empty')).textContent).toContain('begin with the first close');
});

test('the curve is walked along by keys and is there as a table', async () => {
  answerRoutes({ 'GET /trade/performance': ok(answer()) });
  showPage(<PerformancePanel />);
  const curve = await screen.findByRole('slider', { name: 'Realised equity over time' });
  expect(screen.getByTestId('performance-equity-point').textContent).toBe('$5,009.00 now');
  curve.focus();
  await userEvent.keyboard('{ArrowLeft}');
  expect(curve.getAttribute('aria-valuetext')).toBe('$5,000.00 since 01 Jan, 00:00:00 UTC');
  await userEvent.click(within(screen.getByTestId('performance-equity')).getByText('As a table'));
  const table = await within(screen.getByTestId('performance-equity')).findByRole('table');
  expect(within(table).getAllByRole('row')).toHaveLength(3);
});

test('a figure’s name says what it means', async () => {
  answerRoutes({ 'GET /trade/performance': ok(answer()) });
  showPage(<PerformancePanel />);
  await userEvent.click(await screen.findByRole('button', { name: 'Profit factor' }));
  expect((await screen.findByRole('tooltip')).textContent).toContain('for each dollar that the losers cost');
});

test('a failure says so and can be tried again', async () => {
  answerRoutes({ 'GET /trade/performance': [refusal(503, 'unavailable', 'Not now.'), ok(answer())] });
  showPage(<PerformancePanel />);
  await userEvent.click(await screen.findByRole('button', { name: 'Try again' }));
  expect(await screen.findByTestId('figure-net')).toBeDefined();
});
