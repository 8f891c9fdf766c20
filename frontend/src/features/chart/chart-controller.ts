import {
  CandlestickSeries,
  ColorType,
  CrosshairMode,
  HistogramSeries,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  LineStyle,
  type MouseEventParams,
  type UTCTimestamp,
  createChart,
} from 'lightweight-charts';
import { drawingFrames } from '@/lib/frame';
import { PRICE_SCALE, formatPrice, priceDecimals } from '@/lib/money';
import { type Candle, mergeCandles, rollCandle } from './candles';
import { type ChartColors, readChartColors } from './chart-colors';
import type { LineKind, PositionLine } from './price-lines';

/** Older candles are asked for when fewer than this many are left of the view. */
const OLDER_MARGIN_BARS = 20;
const BAR_SPACING_PX = 8;
const RIGHT_OFFSET_BARS = 6;
const FONT = "'Inter Variable', ui-sans-serif, system-ui, sans-serif";

interface ChartEvents {
  /** The candle under the crosshair, or else the newest. */
  onLegend: (candle: Candle | null) => void;
  onNeedOlder: () => void;
}

/**
 * Owns the chart outside React: prices come up to hundreds of times a second, and a candle is redrawn at most once per
 * animation frame without any component rendering.
 */
export class ChartController {
  private readonly chart: IChartApi;
  private readonly candleSeries: ISeriesApi<'Candlestick'>;
  private readonly volumeSeries: ISeriesApi<'Histogram'>;
  private readonly priceLines = new Map<string, { line: IPriceLine; drawn: PositionLine }>();
  private candles: Candle[] = [];
  private intervalSeconds = 60;
  /** The place of the first candle changed since the last frame. */
  private firstDirty = Infinity;
  private hoveredTime: number | null = null;
  private colors: ChartColors;

  constructor(
    private readonly element: HTMLElement,
    private readonly events: ChartEvents,
  ) {
    this.colors = readChartColors(element);
    this.chart = createChart(element, {
      autoSize: true,
      // The attribution its licence asks for stands under the chart as a link: the built-in logo brings an inline
      // style element, which the content security policy may forbid.
      layout: { attributionLogo: false, fontFamily: FONT, fontSize: 11 },
      crosshair: { mode: CrosshairMode.Normal },
      timeScale: { timeVisible: true, secondsVisible: false, rightOffset: RIGHT_OFFSET_BARS },
      localization: { priceFormatter: (usd: number) => formatPrice(Math.round(usd * PRICE_SCALE)) },
      rightPriceScale: { scaleMargins: { top: 0.1, bottom: 0.22 } },
    });
    this.candleSeries = this.chart.addSeries(CandlestickSeries, { borderVisible: false });
    this.volumeSeries = this.chart.addSeries(HistogramSeries, {
      priceScaleId: 'volume',
      priceFormat: { type: 'volume' },
      lastValueVisible: false,
      priceLineVisible: false,
    });
    this.chart.priceScale('volume').applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
    this.applyTheme();
    this.chart.subscribeCrosshairMove(this.onCrosshair);
    this.chart.timeScale().subscribeVisibleLogicalRangeChange(() => this.lookForOlder());
  }

  /** A different asset or interval: what was shown is dropped. */
  show(candles: readonly Candle[], intervalSeconds: number): void {
    this.intervalSeconds = intervalSeconds;
    this.candles = [...candles];
    this.hoveredTime = null;
    const last = candles.at(-1);
    if (last) {
      const precision = priceDecimals(Math.round(last.close * PRICE_SCALE));
      this.candleSeries.applyOptions({ priceFormat: { type: 'price', precision, minMove: 10 ** -precision } });
    }
    this.redrawAll();
    this.candleSeries.priceScale().applyOptions({ autoScale: true });
    this.chart.timeScale().applyOptions({ barSpacing: BAR_SPACING_PX });
    this.chart.timeScale().scrollToPosition(RIGHT_OFFSET_BARS, false);
  }

  /** Older, corrected or missed candles of what is shown; the view stays where it is. */
  merge(candles: readonly Candle[]): void {
    this.candles = mergeCandles(this.candles, candles);
    this.redrawAll();
  }

  /** A price of what is shown, in USD, at the feed's time. */
  applyPrice(price: number, timeSeconds: number): void {
    const last = this.candles.at(-1);
    if (!last) return;
    const next = rollCandle(last, price, timeSeconds, this.intervalSeconds);
    if (!next) return;
    const index = next.time === last.time ? this.candles.length - 1 : this.candles.length;
    this.candles[index] = next;
    this.firstDirty = Math.min(this.firstDirty, index);
    drawingFrames.add(this.drawDirty);
  }

  setPriceLines(lines: readonly PositionLine[]): void {
    const wanted = new Map(lines.map((line) => [line.id, line]));
    for (const [id, { line }] of this.priceLines) {
      if (wanted.has(id)) continue;
      this.candleSeries.removePriceLine(line);
      this.priceLines.delete(id);
    }
    for (const drawn of lines) {
      const options = { price: drawn.price, title: drawn.title, ...this.lineStyle(drawn.kind) };
      const known = this.priceLines.get(drawn.id);
      if (known) known.line.applyOptions(options);
      const line = known?.line ?? this.candleSeries.createPriceLine(options);
      this.priceLines.set(drawn.id, { line, drawn });
    }
  }

  applyTheme(): void {
    const colors = readChartColors(this.element);
    this.colors = colors;
    this.chart.applyOptions({
      layout: { background: { type: ColorType.Solid, color: colors.surface }, textColor: colors.text },
      grid: { vertLines: { color: colors.grid }, horzLines: { color: colors.grid } },
      crosshair: {
        vertLine: { color: colors.line, labelBackgroundColor: colors.line },
        horzLine: { color: colors.line, labelBackgroundColor: colors.line },
      },
      rightPriceScale: { borderColor: colors.grid },
      timeScale: { borderColor: colors.grid },
    });
    this.candleSeries.applyOptions({
      upColor: colors.long,
      downColor: colors.short,
      wickUpColor: colors.long,
      wickDownColor: colors.short,
    });
    this.redrawAll();
    this.setPriceLines([...this.priceLines.values()].map(({ drawn }) => drawn));
  }

  /** Asks for older candles when few are left of the view. */
  lookForOlder(): void {
    const range = this.chart.timeScale().getVisibleLogicalRange();
    if (range && this.candles.length > 0 && range.from < OLDER_MARGIN_BARS) this.events.onNeedOlder();
  }

  get oldestTime(): number | null {
    return this.candles[0]?.time ?? null;
  }

  destroy(): void {
    drawingFrames.delete(this.drawDirty);
    this.chart.remove();
  }

  private readonly drawDirty = (): void => {
    for (const candle of this.candles.slice(this.firstDirty)) {
      this.candleSeries.update(bar(candle));
      this.volumeSeries.update(this.volumeBar(candle));
    }
    this.firstDirty = Infinity;
    this.tellLegend();
  };

  private redrawAll(): void {
    this.firstDirty = Infinity;
    this.candleSeries.setData(this.candles.map(bar));
    this.volumeSeries.setData(this.candles.map((candle) => this.volumeBar(candle)));
    this.tellLegend();
  }

  private readonly onCrosshair = ({ time }: MouseEventParams): void => {
    this.hoveredTime = typeof time === 'number' ? time : null;
    this.tellLegend();
  };

  private tellLegend(): void {
    const hovered = this.hoveredTime === null ? undefined : this.candles.find(({ time }) => time === this.hoveredTime);
    this.events.onLegend(hovered ?? this.candles.at(-1) ?? null);
  }

  private volumeBar(candle: Candle) {
    const color = candle.close >= candle.open ? this.colors.volumeUp : this.colors.volumeDown;
    return { time: candle.time as UTCTimestamp, value: candle.volume, color };
  }

  private lineStyle(kind: LineKind) {
    const color: Record<LineKind, string> = {
      long: this.colors.long,
      short: this.colors.short,
      takeProfit: this.colors.accent,
      stopLoss: this.colors.warn,
      liquidation: this.colors.short,
    };
    const isEntry = kind === 'long' || kind === 'short';
    const lineStyle = kind === 'liquidation' ? LineStyle.Dotted : isEntry ? LineStyle.Solid : LineStyle.Dashed;
    return { color: color[kind], lineStyle, lineWidth: 1 as const, axisLabelTextColor: this.colors.surface };
  }
}

function bar({ time, open, high, low, close }: Candle) {
  return { time: time as UTCTimestamp, open, high, low, close };
}
