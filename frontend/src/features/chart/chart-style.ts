import { type ChartOptions, ColorType, CrosshairMode, type DeepPartial } from 'lightweight-charts';
import { PRICE_SCALE, formatPrice, priceDecimals } from '@/lib/money';
import type { ChartColors } from './chart-colors';

export const BAR_SPACING_PX = 8;
export const RIGHT_OFFSET_BARS = 6;
const FONT = "'Inter Variable', ui-sans-serif, system-ui, sans-serif";

export const CHART_OPTIONS: DeepPartial<ChartOptions> = {
  autoSize: true,
  // The attribution its licence asks for stands under the chart as a link: the built-in logo brings an inline
  // style element, which the content security policy may forbid.
  layout: { attributionLogo: false, fontFamily: FONT, fontSize: 11 },
  crosshair: { mode: CrosshairMode.Normal },
  timeScale: { timeVisible: true, secondsVisible: false, rightOffset: RIGHT_OFFSET_BARS },
  rightPriceScale: { scaleMargins: { top: 0.12, bottom: 0.22 } },
};

export function themeOptions(colors: ChartColors): DeepPartial<ChartOptions> {
  const crosshair = { color: colors['ink-faint'], labelBackgroundColor: colors['line-strong'] };
  return {
    layout: {
      background: { type: ColorType.Solid, color: colors.surface },
      textColor: colors['ink-muted'],
      panes: { separatorColor: colors.line, separatorHoverColor: colors.grid },
    },
    grid: { vertLines: { color: colors.grid }, horzLines: { color: colors.grid } },
    crosshair: { vertLine: crosshair, horzLine: crosshair },
    rightPriceScale: { borderColor: colors.grid },
    timeScale: { borderColor: colors.grid },
  };
}

export function candleColors(colors: ChartColors) {
  return { upColor: colors.long, downColor: colors.short, wickUpColor: colors.long, wickDownColor: colors.short };
}

/** Prices with as many decimals as the desk shows of them. */
export function priceFormat(usd: number) {
  const minMove = 10 ** -priceDecimals(Math.round(usd * PRICE_SCALE));
  const formatter = (value: number) => formatPrice(Math.round(value * PRICE_SCALE));
  return { type: 'custom' as const, minMove, formatter };
}
