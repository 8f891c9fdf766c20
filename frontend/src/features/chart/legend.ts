import { PRICE_SCALE, formatPrice, formatSignedPercent } from '@/lib/money';
import type { Candle } from './candles';

/** What the legend says of one candle. */
export interface Reading {
  candle: Candle;
  /** USD: what the change is counted from. */
  previousClose: number;
  indicators: readonly { id: string; texts: readonly string[] }[];
  /** What happened to the trader's positions in it. */
  trades: readonly string[];
}

const FIGURES = ['open', 'high', 'low', 'close'] as const;
/** A candle in which more happened says so by a number. */
const TRADES_TOLD_MAX = 2;
const volume = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 2 });

/** Writes a candle's figures straight into the page: they change with every price, and React needn't know. */
export function writeLegend(root: HTMLElement | null, reading: Reading | null): void {
  if (!root) return;
  const { candle } = reading ?? {};
  root.dataset.time = candle ? String(candle.time) : '';
  root.dataset.direction = reading && changeOf(reading).part < 0 ? 'down' : 'up';
  for (const figure of FIGURES) {
    setText(root, figure, candle ? formatPrice(rawOf(candle[figure])) : '–');
  }
  setText(root, 'change', reading ? changeText(reading) : '–');
  setText(root, 'volume', candle ? volume.format(candle.volume) : '–');
  setText(root, 'trades', tradesText(reading?.trades ?? []));
  for (const { id, texts } of reading?.indicators ?? []) {
    texts.forEach((text, line) => setText(root, `${id}:${line}`, text));
  }
}

/** One candle in a sentence, for those who hear the chart. */
export function readingWords({ candle, trades }: Reading, time: string): string {
  const prices = FIGURES.map((figure) => `${figure} ${formatPrice(rawOf(candle[figure]))}`).join(', ');
  return [`${time}: ${prices}`, ...trades].join('. ');
}

export function changeText(reading: Pick<Reading, 'candle' | 'previousClose'>): string {
  const { part, whole } = changeOf(reading);
  return formatSignedPercent(part, whole);
}

function changeOf({ candle, previousClose }: Pick<Reading, 'candle' | 'previousClose'>) {
  const whole = rawOf(previousClose);
  return { part: rawOf(candle.close) - whole, whole };
}

function tradesText(trades: readonly string[]): string {
  const told = trades.slice(0, TRADES_TOLD_MAX).join(' · ');
  const more = trades.length - TRADES_TOLD_MAX;
  return more > 0 ? `${told} · ${more} more` : told;
}

function rawOf(usd: number): number {
  return Math.round(usd * PRICE_SCALE);
}

function setText(root: HTMLElement, figure: string, text: string): void {
  const element = root.querySelector(`[data-figure="${figure}"]`);
  if (element && element.textContent !== text) element.textContent = text;
}
