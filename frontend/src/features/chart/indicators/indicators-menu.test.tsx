import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import { chartChoiceStore } from '@/features/chart/chart-choice';
import { DEFAULT_INDICATORS } from './choice';
import { IndicatorsMenu } from './indicators-menu';

beforeEach(() => {
  chartChoiceStore.getState().resetIndicators();
  render(<IndicatorsMenu isOpen onOpenChange={() => undefined} hasSessions={false} />);
});

const chosen = () => chartChoiceStore.getState().indicators;

test('an indicator is switched on by its name', async () => {
  await userEvent.click(screen.getByRole('checkbox', { name: 'RSI' }));
  expect(chosen().rsi).toEqual({ isShown: true, period: 14 });
});

test('periods count as soon as they can, and what can’t be one says so and changes nothing', async () => {
  const periods = screen.getByRole('textbox', { name: 'Exponential average: periods' });
  await userEvent.clear(periods);
  await userEvent.type(periods, '9, 21');
  expect(chosen().ema.periods).toEqual([9, 21]);
  await userEvent.type(periods, ', x');
  expect(screen.getByRole('alert').textContent).toContain('from 2 to 500');
  expect(periods.getAttribute('aria-invalid')).toBe('true');
  expect(chosen().ema.periods).toEqual([9, 21]);
});

test('the fast average of MACD stays quicker than the slow one', async () => {
  const fast = screen.getByRole('textbox', { name: 'MACD: fast' });
  await userEvent.clear(fast);
  await userEvent.type(fast, '26');
  expect(screen.getByRole('alert').textContent).toBe('fast: a whole number from 2 to 25');
  expect(chosen().macd.fast).toBe(2);
});

test('a reset brings back the first choice, and clears what was half typed', async () => {
  const periods = screen.getByRole('textbox', { name: 'Simple average: periods' });
  await userEvent.type(periods, ', 5, x');
  await userEvent.click(screen.getByTestId('indicators-reset'));
  expect(chosen()).toEqual(DEFAULT_INDICATORS);
  expect(screen.getByTestId('sma-periods').getAttribute('value')).toBe('20');
});

test('where the average of the day can’t be drawn, it says so', () => {
  expect(screen.getByText('Drawn in candles shorter than a day')).toBeDefined();
});
