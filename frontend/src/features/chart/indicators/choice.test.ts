import { expect, test } from 'vitest';
import { chartChoiceStore, parseChoice } from '@/features/chart/chart-choice';
import { DEFAULT_INDICATORS, parseIndicators, parsePeriods } from './choice';
import { specsOf } from './specs';

test('periods are typed as a list, each counts once', () => {
  expect(parsePeriods('9, 21 ,50')).toEqual([9, 21, 50]);
  expect(parsePeriods('20 20')).toEqual([20]);
});

test.each(['', 'nine', '1', '2.5', '501', '-5', '5, 10, 20, 50'])('"%s" is no list of periods', (text) => {
  expect(parsePeriods(text)).toBeNull();
});

test('of a kept choice what is foreign is as at the beginning, and the rest counts', () => {
  const parsed = parseIndicators({
    sma: { isShown: false, periods: [7, 99_999] },
    ema: { isShown: true, periods: [9, 21] },
    rsi: { isShown: true, period: '14' },
    macd: { isShown: true, fast: 30, slow: 20, signal: 9 },
    bollinger: 'x',
  });
  expect(parsed).toEqual({
    ...DEFAULT_INDICATORS,
    sma: { isShown: false, periods: [20] },
    ema: { isShown: true, periods: [9, 21] },
    rsi: { isShown: true, period: 14 },
    macd: { isShown: true, fast: 12, slow: 26, signal: 9 },
  });
});

test('a choice is kept and read again as it was', () => {
  chartChoiceStore.getState().setIndicator('rsi', { isShown: true, period: 21 });
  chartChoiceStore.getState().show('quotes', false);
  const kept = parseChoice(JSON.parse(localStorage.getItem('cfdesk.chart') ?? ''));
  expect(kept?.indicators.rsi).toEqual({ isShown: true, period: 21 });
  expect(kept?.quotes).toBe(false);
  expect(kept?.trades).toBe(true);
});

test('what is drawn follows the choice, and each moving average has a colour of its own', () => {
  const choice = { ...DEFAULT_INDICATORS, ema: { isShown: true, periods: [9, 21, 50] } };
  const specs = specsOf({ ...choice, rsi: { isShown: true, period: 14 } }, 60);
  expect(specs.map(({ id }) => id)).toEqual(['sma-20', 'ema-9', 'ema-21', 'ema-50', 'rsi-14']);
  const colors = specs.slice(0, 4).map(({ lines }) => lines[0]?.color);
  expect(new Set(colors).size).toBe(4);
});

test('the session’s average is drawn only where a session has several candles', () => {
  const choice = { ...DEFAULT_INDICATORS, vwap: { isShown: true } };
  expect(specsOf(choice, 4 * 3_600).map(({ id }) => id)).toContain('vwap');
  expect(specsOf(choice, 86_400).map(({ id }) => id)).not.toContain('vwap');
});
