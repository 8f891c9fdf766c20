import type { AutoscaleInfo, IChartApi, ISeriesApi } from 'lightweight-charts';
import { PRICE_SCALE } from '@/lib/money';
import { RIGHT_OFFSET_BARS } from './chart-style';
import { reachFor } from './lines/layout';
import { PaintWatch } from './paint-watch';

const BAR_SPACING_MIN_PX = 1;
const BAR_SPACING_MAX_PX = 60;

/** Where on the screen prices are, and which part of the chart is in sight. */
export class ChartView {
  private readonly paintListeners = new Set<() => void>();
  /** USD: a price outside the view that is being pulled at. */
  private pulled: number | null = null;

  constructor(
    private readonly chart: IChartApi,
    private readonly series: ISeriesApi<'Candlestick'>,
    /** In USD, what comes into sight beside the candles when it is near. */
    private readonly nearby: () => readonly number[],
    /** Draws the newest candle again: with it, and nothing less, the library measures its scale anew. */
    private readonly remeasure: () => void,
  ) {
    series.attachPrimitive(new PaintWatch(() => this.paintListeners.forEach((listener) => listener())));
    series.applyOptions({
      autoscaleInfoProvider: (original: () => AutoscaleInfo | null) => this.reach(original()),
    });
  }

  /** Calls back with each paint of the candles. */
  onPaint(listener: () => void): () => void {
    this.paintListeners.add(listener);
    return () => this.paintListeners.delete(listener);
  }

  /** In pixels from the chart's top; null while there is no scale. */
  yOf(raw: number): number | null {
    return this.series.priceToCoordinate(raw / PRICE_SCALE);
  }

  rawAt(y: number): number | null {
    const usd = this.series.coordinateToPrice(y);
    return usd === null ? null : Math.round(usd * PRICE_SCALE);
  }

  /** Of the candles' pane, without those of indicators. */
  get paneHeight(): number {
    return this.chart.paneSize(0).height;
  }

  /** Of the candles' pane, without the price scale. */
  get paneWidth(): number {
    return this.chart.paneSize(0).width;
  }

  /** Brings a price into sight that somebody pulls at beyond the edge; null lets go. */
  pull(raw: number | null): void {
    const pulled = raw === null ? null : raw / PRICE_SCALE;
    if (pulled === this.pulled) return;
    this.pulled = pulled;
    this.remeasure();
  }

  /** Whether the chart follows pointers: not while they move one of its lines. */
  setInteractive(isInteractive: boolean): void {
    this.chart.applyOptions({ handleScroll: isInteractive, handleScale: isInteractive });
  }

  fitPrices(): void {
    this.series.priceScale().applyOptions({ autoScale: true });
  }

  get isNewestInSight(): boolean {
    return this.chart.timeScale().scrollPosition() >= 0;
  }

  scrollToNow(): void {
    this.fitPrices();
    // At once: the library's own way there is an animation, which the next candle ends half way.
    this.chart.timeScale().scrollToPosition(RIGHT_OFFSET_BARS, false);
  }

  /** Wider candles for a factor above one. */
  zoom(factor: number): void {
    const scale = this.chart.timeScale();
    const spacing = scale.options().barSpacing * factor;
    scale.applyOptions({ barSpacing: Math.min(BAR_SPACING_MAX_PX, Math.max(BAR_SPACING_MIN_PX, spacing)) });
  }

  /** Scrolls just so far that the candle at this place is in sight. */
  bringIntoSight(place: number): void {
    const scale = this.chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    if (!range) return;
    const beyond = Math.min(0, place - range.from - 1) + Math.max(0, place - range.to + 1);
    if (beyond !== 0) scale.scrollToPosition(scale.scrollPosition() + beyond, false);
  }

  private reach(info: AutoscaleInfo | null): AutoscaleInfo | null {
    if (!info?.priceRange) return info;
    const { minValue, maxValue } = reachFor(info.priceRange, this.nearby());
    const pulled = this.pulled ?? minValue;
    return { ...info, priceRange: { minValue: Math.min(minValue, pulled), maxValue: Math.max(maxValue, pulled) } };
  }
}
