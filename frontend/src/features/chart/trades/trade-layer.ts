import { type ISeriesApi, type ISeriesMarkersPluginApi, type Time, type UTCTimestamp, createSeriesMarkers } from 'lightweight-charts';
import type { Candle } from '@/features/chart/candles';
import type { ChartColors } from '@/features/chart/chart-colors';
import { type TradePoint, tradePoints } from './trade-points';
import type { Trades } from './use-trades';

/** Arrows where positions were opened, circles in the colour of the outcome where they were closed. */
export class TradeLayer {
  private readonly markers: ISeriesMarkersPluginApi<Time>;
  private trades: Trades = { open: [], closed: [] };
  private points: readonly TradePoint[] = [];

  constructor(
    series: ISeriesApi<'Candlestick'>,
    private colors: ChartColors,
  ) {
    this.markers = createSeriesMarkers(series, []);
  }

  setTrades(trades: Trades, candles: readonly Candle[], intervalSeconds: number): void {
    this.trades = trades;
    this.place(candles, intervalSeconds);
  }

  /** Other candles are at hand. */
  place(candles: readonly Candle[], intervalSeconds: number): void {
    const { open, closed } = this.trades;
    this.points = tradePoints(open, closed, candles, intervalSeconds);
    this.draw();
  }

  applyTheme(colors: ChartColors): void {
    this.colors = colors;
    this.draw();
  }

  get count(): number {
    return this.points.length;
  }

  /** What happened in the candle of this time, in words. */
  wordsAt(time: number): string[] {
    return this.points.filter((point) => point.time === time).map(({ words }) => words);
  }

  private draw(): void {
    this.markers.setMarkers(this.points.map((point) => ({ ...this.shapeOf(point), id: point.id, time: point.time as UTCTimestamp })));
  }

  private shapeOf({ kind, side, pnlCents }: TradePoint) {
    const isBuying = (side === 'buy') === (kind === 'opened');
    const position = isBuying ? ('belowBar' as const) : ('aboveBar' as const);
    if (kind === 'opened') {
      const color = side === 'buy' ? this.colors.long : this.colors.short;
      return { position, color, shape: side === 'buy' ? ('arrowUp' as const) : ('arrowDown' as const) };
    }
    const color = (pnlCents ?? 0) >= 0 ? this.colors.long : this.colors.short;
    // The sign too, for those who don't tell the colours apart.
    return { position, color, shape: 'circle' as const, text: (pnlCents ?? 0) >= 0 ? '+' : '–' };
  }
}
