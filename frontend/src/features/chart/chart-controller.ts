import {
  CandlestickSeries,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  type MouseEventParams,
  type UTCTimestamp,
  createChart,
} from 'lightweight-charts';
import { drawingFrames } from '@/lib/frame';
import { PRICE_SCALE } from '@/lib/money';
import { type Quote, chartPriceOf } from '@/lib/stores/prices';
import { type Candle, changedEnd, mergeCandles, rollCandle } from './candles';
import { type ChartColors, readChartColors } from './chart-colors';
import { BAR_SPACING_PX, CHART_OPTIONS, RIGHT_OFFSET_BARS, candleColors, priceFormat, themeOptions } from './chart-style';
import { ChartView } from './chart-view';
import { IndicatorLayer } from './indicators/indicator-layer';
import type { IndicatorSpec } from './indicators/specs';
import type { Reading } from './legend';
import { LevelLayer } from './lines/level-layer';
import type { Level } from './lines/levels';
import { TradeLayer } from './trades/trade-layer';
import { lastAtOrBefore } from './trades/trade-points';
import type { Trades } from './trades/use-trades';

/** Older candles are asked for when fewer than this many are left of the view. */
const OLDER_MARGIN_BARS = 20;

interface ChartEvents {
  /** What there is to say of the candle under the crosshair, or else of the newest. */
  onReading: (reading: Reading | null) => void;
  onNeedOlder: () => void;
  /** The newest candle came into sight, or went out of it. */
  onScrolledAway: (isAway: boolean) => void;
}

/**
 * Owns the chart outside React: prices come up to hundreds of times a second, and a candle is redrawn at most once per
 * animation frame without any component rendering.
 */
export class ChartController {
  readonly levels: LevelLayer;
  readonly view: ChartView;
  private readonly chart: IChartApi;
  private readonly candleSeries: ISeriesApi<'Candlestick'>;
  private readonly volumeSeries: ISeriesApi<'Histogram'>;
  private readonly indicators: IndicatorLayer;
  private readonly trades: TradeLayer;
  private candles: Candle[] = [];
  private intervalSeconds = 60;
  /** The place of the first candle changed since the last frame. */
  private firstDirty = Infinity;
  private hoveredTime: number | null = null;
  private isAway = false;
  private colors: ChartColors;

  constructor(
    private readonly element: HTMLElement,
    private readonly events: ChartEvents,
  ) {
    this.colors = readChartColors(element);
    this.chart = createChart(element, CHART_OPTIONS);
    this.candleSeries = this.chart.addSeries(CandlestickSeries, { borderVisible: false });
    this.volumeSeries = this.chart.addSeries(HistogramSeries, {
      priceScaleId: 'volume',
      priceFormat: { type: 'volume' },
      lastValueVisible: false,
      priceLineVisible: false,
    });
    this.chart.priceScale('volume').applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
    this.levels = new LevelLayer(this.candleSeries, this.colors);
    this.indicators = new IndicatorLayer(this.chart, this.colors);
    this.trades = new TradeLayer(this.candleSeries, this.colors);
    this.view = new ChartView(
      this.chart,
      this.candleSeries,
      () => this.levels.nearby(),
      () => this.touch(this.candles.length - 1),
    );
    this.applyTheme();
    this.chart.subscribeCrosshairMove(this.onCrosshair);
    this.chart.timeScale().subscribeVisibleLogicalRangeChange(this.onMoved);
  }

  /** A different asset or interval: what was shown is dropped. */
  show(candles: readonly Candle[], intervalSeconds: number): void {
    this.intervalSeconds = intervalSeconds;
    this.candles = [...candles];
    this.hoveredTime = null;
    this.levels.forgetPrices();
    const last = candles.at(-1);
    if (last) this.candleSeries.applyOptions({ priceFormat: priceFormat(last.close) });
    this.redrawAll();
    this.view.fitPrices();
    this.chart.timeScale().applyOptions({ barSpacing: BAR_SPACING_PX });
    this.chart.timeScale().scrollToPosition(RIGHT_OFFSET_BARS, false);
  }

  /** Older, corrected or missed candles of what is shown; the view stays where it is. */
  merge(candles: readonly Candle[]): void {
    const before = this.candles;
    this.candles = mergeCandles(before, candles);
    // Mostly it is the newest one alone, or nothing: what stands before it needn't be drawn or calculated again.
    const changed = changedEnd(before, this.candles);
    if (changed === null) this.redrawAll();
    else this.touch(changed);
  }

  /** A price of what is shown, at the feed's time. */
  applyQuote(quote: Quote): void {
    const last = this.candles.at(-1);
    if (!last) return;
    this.levels.setPrices(quote);
    const next = rollCandle(last, chartPriceOf(quote) / PRICE_SCALE, quote.time, this.intervalSeconds);
    if (!next) return;
    const index = next.time === last.time ? this.candles.length - 1 : this.candles.length;
    this.candles[index] = next;
    this.touch(index);
  }

  setLevels(levels: readonly Level[]): void {
    this.levels.setLevels(levels);
    this.touch(this.candles.length - 1);
  }

  setTrades(trades: Trades): void {
    this.trades.setTrades(trades, this.candles, this.intervalSeconds);
    this.tellElement();
    this.tellReading();
  }

  setIndicators(specs: readonly IndicatorSpec[]): void {
    this.indicators.setSpecs(specs, this.candles);
    this.element.dataset.indicators = specs.map(({ id }) => id).join(' ');
    this.tellReading();
  }

  showVolume(isShown: boolean): void {
    this.volumeSeries.applyOptions({ visible: isShown });
  }

  applyTheme(): void {
    const colors = readChartColors(this.element);
    this.colors = colors;
    this.chart.applyOptions(themeOptions(colors));
    this.candleSeries.applyOptions(candleColors(colors));
    this.volumeSeries.setData(this.candles.map((candle) => this.volumeBar(candle)));
    this.levels.applyTheme(colors);
    this.trades.applyTheme(colors);
    this.indicators.applyTheme(colors, this.candles);
  }

  /** Asks for older candles when few are left of the view. */
  lookForOlder(): void {
    const range = this.chart.timeScale().getVisibleLogicalRange();
    if (range && this.candles.length > 0 && range.from < OLDER_MARGIN_BARS) this.events.onNeedOlder();
  }

  get oldestTime(): number | null {
    return this.candles[0]?.time ?? null;
  }

  /** Reads so many candles further, into the past for a negative number; null: the newest again. */
  moveReading(steps: number | null): void {
    const from = this.readPlace();
    const place = steps === null ? -1 : Math.min(this.candles.length - 1, Math.max(0, from + steps));
    const candle = this.candles[place];
    if (!candle) {
      this.chart.clearCrosshairPosition();
      this.hoveredTime = null;
      this.tellReading();
      return;
    }
    this.view.bringIntoSight(place);
    this.chart.setCrosshairPosition(candle.close, candle.time as UTCTimestamp, this.candleSeries);
    this.hoveredTime = candle.time;
    this.tellReading();
  }

  destroy(): void {
    drawingFrames.delete(this.drawDirty);
    this.chart.remove();
  }

  private touch(index: number): void {
    if (index < 0) return;
    this.firstDirty = Math.min(this.firstDirty, index);
    drawingFrames.add(this.drawDirty);
  }

  private readonly drawDirty = (): void => {
    const hasNew = this.candles.length - 1 > this.firstDirty;
    for (const candle of this.candles.slice(this.firstDirty)) {
      this.candleSeries.update(bar(candle));
      this.volumeSeries.update(this.volumeBar(candle));
    }
    this.indicators.update(this.candles, this.firstDirty);
    this.firstDirty = Infinity;
    this.levels.draw();
    if (hasNew) this.trades.place(this.candles, this.intervalSeconds);
    this.tellElement();
    this.tellReading();
  };

  private redrawAll(): void {
    this.firstDirty = Infinity;
    this.candleSeries.setData(this.candles.map(bar));
    this.volumeSeries.setData(this.candles.map((candle) => this.volumeBar(candle)));
    this.indicators.redraw(this.candles);
    this.trades.place(this.candles, this.intervalSeconds);
    this.tellElement();
    this.tellReading();
  }

  private readonly onCrosshair = ({ time }: MouseEventParams): void => {
    this.hoveredTime = typeof time === 'number' ? time : null;
    this.tellReading();
  };

  private readonly onMoved = (): void => {
    this.lookForOlder();
    const isAway = this.candles.length > 0 && !this.view.isNewestInSight;
    if (isAway === this.isAway) return;
    this.isAway = isAway;
    this.events.onScrolledAway(isAway);
  };

  private readPlace(): number {
    return this.hoveredTime === null ? this.candles.length - 1 : lastAtOrBefore(this.candles, this.hoveredTime);
  }

  private tellReading(): void {
    const place = this.readPlace();
    const candle = this.candles[place];
    if (!candle) {
      this.events.onReading(null);
      return;
    }
    this.events.onReading({
      candle,
      previousClose: this.candles[place - 1]?.close ?? candle.open,
      indicators: this.indicators.readAt(place),
      // Of the newest they are told in a toast, and in the table.
      trades: this.hoveredTime === null ? [] : this.trades.wordsAt(candle.time),
    });
  }

  /** What is drawn on a canvas can't be read from the page: this much of it can. */
  private tellElement(): void {
    const { dataset } = this.element;
    setIfOther(dataset, 'oldest', this.candles[0]?.time);
    setIfOther(dataset, 'newest', this.candles.at(-1)?.time);
    setIfOther(dataset, 'trades', this.trades.count);
  }

  private volumeBar(candle: Candle) {
    const color = candle.close >= candle.open ? this.colors['volume-up'] : this.colors['volume-down'];
    return { time: candle.time as UTCTimestamp, value: candle.volume, color };
  }
}

function setIfOther(dataset: DOMStringMap, name: string, value: number | undefined): void {
  const text = String(value ?? '');
  if (dataset[name] !== text) dataset[name] = text;
}

function bar({ time, open, high, low, close }: Candle) {
  return { time: time as UTCTimestamp, open, high, low, close };
}
