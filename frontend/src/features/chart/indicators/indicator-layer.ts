import {
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  LineSeries,
  LineStyle,
  type UTCTimestamp,
} from 'lightweight-charts';
import type { Candle } from '@/features/chart/candles';
import type { ChartColors } from '@/features/chart/chart-colors';
import { PRICE_SCALE, formatPrice } from '@/lib/money';
import type { Calculation, Values } from './calculations';
import type { IndicatorLine, IndicatorSpec } from './specs';

type LineOrBars = ISeriesApi<'Line'> | ISeriesApi<'Histogram'>;

interface Drawn {
  spec: IndicatorSpec;
  series: readonly LineOrBars[];
  calculation: Calculation;
  /** By the place of the candle. */
  rows: Values[];
}

/** How high an indicator's own pane is, of the candles' height. */
const PANE_SHARE = 0.28;

/** Draws the chosen indicators: all candles once, then only those that change. */
export class IndicatorLayer {
  private drawn: Drawn[] = [];

  constructor(
    private readonly chart: IChartApi,
    private colors: ChartColors,
  ) {}

  /** Others than before are drawn, for these candles. */
  setSpecs(specs: readonly IndicatorSpec[], candles: readonly Candle[]): void {
    for (const { series } of this.drawn) for (const line of series) this.chart.removeSeries(line);
    // A pane whose last line has gone goes with it, so panes are counted anew.
    let pane = 0;
    this.drawn = specs.map((spec) => {
      if (spec.pane === 'own') pane += 1;
      const place = spec.pane === 'own' ? pane : 0;
      const series = spec.lines.map((line) => this.addLine(spec, line, place));
      return { spec, series, calculation: spec.begin(), rows: [] };
    });
    for (const own of this.chart.panes().slice(1)) own.setStretchFactor(PANE_SHARE);
    this.addGuides();
    this.redraw(candles);
  }

  redraw(candles: readonly Candle[]): void {
    for (const drawn of this.drawn) {
      drawn.calculation = drawn.spec.begin();
      drawn.rows = candles.map((candle) => drawn.calculation(candle, false));
      drawn.series.forEach((series, line) =>
        series.setData(candles.map((candle, index) => this.point(drawn.spec, line, candle, drawn.rows[index]))),
      );
    }
  }

  /** From this place on candles have changed: only the newest one, and what came after it. */
  update(candles: readonly Candle[], first: number): void {
    for (const drawn of this.drawn) {
      for (let index = first; index < candles.length; index += 1) {
        const candle = candles[index];
        if (!candle) continue;
        const values = drawn.calculation(candle, index === drawn.rows.length - 1);
        drawn.rows[index] = values;
        drawn.series.forEach((series, line) => series.update(this.point(drawn.spec, line, candle, values)));
      }
    }
  }

  /** Each indicator's values at a candle, as the legend shows them. */
  readAt(index: number): { id: string; texts: readonly string[] }[] {
    return this.drawn.map(({ spec, rows }) => ({
      id: spec.id,
      texts: (rows[index] ?? spec.lines.map(() => null)).map((value) => (value === null ? '–' : formatValue(spec, value))),
    }));
  }

  applyTheme(colors: ChartColors, candles: readonly Candle[]): void {
    this.colors = colors;
    for (const { spec, series } of this.drawn) {
      series.forEach((line, index) => line.applyOptions({ color: this.colorOf(spec.lines[index]) }));
      series[0]?.priceLines().forEach((guide) => guide.applyOptions({ color: colors['line-strong'] }));
    }
    // Each bar carries a colour of its own.
    if (this.drawn.some(({ spec }) => spec.lines.some(({ isBars }) => isBars))) this.redraw(candles);
  }

  private addLine(spec: IndicatorSpec, line: IndicatorLine, pane: number): LineOrBars {
    const common = {
      color: this.colorOf(line),
      lastValueVisible: false,
      priceLineVisible: false,
      priceFormat: { type: 'custom' as const, minMove: 0.0001, formatter: (value: number) => formatValue(spec, value) },
    };
    // The candles are what one looks at: a line far from them may lie outside the view.
    const scaling = spec.isFarOff ? { autoscaleInfoProvider: () => null } : {};
    if (line.isBars) return this.chart.addSeries(HistogramSeries, common, pane);
    const lineStyle = line.isDashed ? LineStyle.Dashed : LineStyle.Solid;
    return this.chart.addSeries(LineSeries, { ...common, ...scaling, lineStyle, lineWidth: 1, crosshairMarkerVisible: false }, pane);
  }

  private addGuides(): void {
    for (const { spec, series } of this.drawn) {
      for (const price of spec.guides ?? []) {
        series[0]?.createPriceLine({
          price,
          color: this.colors['line-strong'],
          lineWidth: 1,
          lineStyle: LineStyle.Dotted,
          axisLabelVisible: true,
          axisLabelColor: this.colors['line-strong'],
          axisLabelTextColor: this.colors.ink,
        });
      }
    }
  }

  private point(spec: IndicatorSpec, line: number, candle: Candle, values: Values | undefined) {
    const time = candle.time as UTCTimestamp;
    const value = values?.[line] ?? null;
    if (value === null) return { time };
    if (!spec.lines[line]?.isBars) return { time, value };
    return { time, value, color: value >= 0 ? this.colors['volume-up'] : this.colors['volume-down'] };
  }

  private colorOf(line: IndicatorLine | undefined): string {
    return this.colors[line?.color ?? 'ma-1'];
  }
}

/** Values among the candles are prices, to be read as prices are; the others have scales of their own. */
function formatValue(spec: IndicatorSpec, value: number): string {
  if (spec.pane === 'price') return formatPrice(Math.round(value * PRICE_SCALE));
  return value.toFixed(spec.decimals ?? 2);
}
