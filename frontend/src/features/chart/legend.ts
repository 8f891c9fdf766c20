import { PRICE_SCALE, formatPrice } from '@/lib/money';
import type { Candle } from './candles';

const FIGURES = ['open', 'high', 'low', 'close'] as const;
const volume = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 2 });

/** Writes a candle's figures straight into the page: it changes with every price, and React needn't know. */
export function writeLegend(root: HTMLElement | null, candle: Candle | null): void {
  if (!root) return;
  root.dataset.time = candle ? String(candle.time) : '';
  root.dataset.direction = candle && candle.close < candle.open ? 'down' : 'up';
  for (const figure of FIGURES) {
    setText(root, figure, candle ? formatPrice(Math.round(candle[figure] * PRICE_SCALE)) : '–');
  }
  setText(root, 'volume', candle ? volume.format(candle.volume) : '–');
}

function setText(root: HTMLElement, figure: string, text: string): void {
  const element = root.querySelector(`[data-figure="${figure}"]`);
  if (element) element.textContent = text;
}
