import { expect, test } from 'vitest';
import { changeText, readingWords, writeLegend } from './legend';

const CANDLE = { time: 60, open: 64_500, high: 64_700, low: 64_400, close: 64_600, volume: 12_345 };
const READING = { candle: CANDLE, previousClose: 64_000, indicators: [{ id: 'sma-20', texts: ['64,123.00'] }], trades: [] };

function makeRoot(): HTMLElement {
  const root = document.createElement('div');
  const figures = ['open', 'high', 'low', 'close', 'change', 'volume', 'trades', 'sma-20:0'];
  root.innerHTML = figures.map((figure) => `<i data-figure="${figure}"></i>`).join('');
  return root;
}

function textOf(root: HTMLElement, figure: string) {
  return root.querySelector(`[data-figure="${figure}"]`)?.textContent;
}

test('the change is counted from the close before', () => {
  expect(changeText(READING)).toBe('+0.93%');
  expect(changeText({ candle: { ...CANDLE, close: 63_360 }, previousClose: 64_000 })).toBe('-1.00%');
});

test('a candle’s figures and the indicators’ values are written', () => {
  const root = makeRoot();
  writeLegend(root, READING);
  expect(textOf(root, 'high')).toBe('64,700.00');
  expect(textOf(root, 'volume')).toBe('12.35K');
  expect(textOf(root, 'sma-20:0')).toBe('64,123.00');
  expect(root.dataset).toMatchObject({ time: '60', direction: 'up' });
});

test('more than two trades in one candle are counted', () => {
  const root = makeRoot();
  writeLegend(root, { ...READING, trades: ['Opened', 'Closed', 'Opened', 'Closed'] });
  expect(textOf(root, 'trades')).toBe('Opened · Closed · 2 more');
});

test('without a candle there are dashes', () => {
  const root = makeRoot();
  writeLegend(root, READING);
  writeLegend(root, null);
  expect(textOf(root, 'close')).toBe('–');
  expect(textOf(root, 'trades')).toBe('');
  expect(root.dataset.time).toBe('');
});

test('a candle is told in a sentence', () => {
  expect(readingWords({ ...READING, trades: ['Opened long 10x at 64,506.57'] }, '22 Nov, 11:29')).toBe(
    '22 Nov, 11:29: open 64,500.00, high 64,700.00, low 64,400.00, close 64,600.00. Opened long 10x at 64,506.57',
  );
});
