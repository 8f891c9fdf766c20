import { type IPriceLine, type ISeriesApi, LineStyle } from 'lightweight-charts';
import type { ChartColors } from '@/features/chart/chart-colors';
import { PRICE_SCALE, closingPriceOf } from '@/lib/money';
import { type Level, TrailingPeaks } from './levels';

interface Prices {
  bid: number;
  ask: number;
}

interface DrawnLevel {
  line: IPriceLine;
  level: Level;
  /** Where it is drawn: a trailing stop moves with the prices. */
  raw: number;
}

/** Lines at the levels of the open positions, and at bid and ask. */
export class LevelLayer {
  private readonly drawn = new Map<string, DrawnLevel>();
  private readonly peaks = new TrailingPeaks();
  private prices: Prices | null = null;
  private areQuotesShown = false;
  private quoteLines: { bid: IPriceLine; ask: IPriceLine } | null = null;

  constructor(
    private readonly series: ISeriesApi<'Candlestick'>,
    private colors: ChartColors,
  ) {}

  setLevels(levels: readonly Level[]): void {
    const wanted = new Set(levels.map(({ id }) => id));
    for (const [id, { line }] of this.drawn) {
      if (wanted.has(id)) continue;
      this.series.removePriceLine(line);
      this.drawn.delete(id);
    }
    this.peaks.keepOnly(new Set(levels.map(({ order }) => order.orderId)));
    for (const level of levels) {
      const raw = this.rawOf(level);
      const options = { price: raw / PRICE_SCALE, ...this.styleOf(level) };
      const known = this.drawn.get(level.id);
      if (known) known.line.applyOptions(options);
      this.drawn.set(level.id, { line: known?.line ?? this.series.createPriceLine(options), level, raw });
    }
  }

  /** Another asset: its prices are still to come. */
  forgetPrices(): void {
    this.prices = null;
    this.removeQuoteLines();
  }

  /** The newest prices; what follows them is drawn with the next frame. */
  setPrices(prices: Prices): void {
    this.prices = prices;
  }

  /** Moves what follows the prices: once in a frame, and only what really moved. */
  draw(): void {
    this.drawQuotes();
    for (const drawn of this.drawn.values()) {
      if (drawn.level.kind !== 'trailingStop') continue;
      const raw = this.rawOf(drawn.level);
      if (raw === drawn.raw) continue;
      drawn.raw = raw;
      drawn.line.applyOptions({ price: raw / PRICE_SCALE });
    }
  }

  /** Lines at bid and ask, or else one at the last trade. */
  showQuotes(isShown: boolean): void {
    this.areQuotesShown = isShown;
    this.series.applyOptions({ lastValueVisible: !isShown, priceLineVisible: !isShown });
    if (isShown) this.drawQuotes();
    else this.removeQuoteLines();
  }

  applyTheme(colors: ChartColors): void {
    this.colors = colors;
    this.setLevels([...this.drawn.values()].map(({ level }) => level));
    this.removeQuoteLines();
    this.drawQuotes();
  }

  /** Where a level stands by now. */
  currentRaw(id: string): number | null {
    return this.drawn.get(id)?.raw ?? null;
  }

  /** In USD, those that should come into sight when they are near. */
  nearby(): number[] {
    const isWanted = ({ level }: DrawnLevel) => level.isNamed && level.kind !== 'liquidation';
    return [...this.drawn.values()].filter(isWanted).map(({ raw }) => raw / PRICE_SCALE);
  }

  private rawOf(level: Level): number {
    if (level.kind !== 'trailingStop' || level.isProposed) return level.raw;
    const closing = this.prices ? closingPriceOf(level.order.type, this.prices) : null;
    return this.peaks.stopOf(level.order, closing) ?? level.raw;
  }

  private drawQuotes(): void {
    if (!this.prices || !this.areQuotesShown) return;
    const [bid, ask] = [this.prices.bid / PRICE_SCALE, this.prices.ask / PRICE_SCALE];
    if (this.quoteLines) {
      this.quoteLines.bid.applyOptions({ price: bid });
      this.quoteLines.ask.applyOptions({ price: ask });
      return;
    }
    this.quoteLines = {
      bid: this.series.createPriceLine(this.quoteStyle(bid, this.colors.short)),
      ask: this.series.createPriceLine(this.quoteStyle(ask, this.colors.long)),
    };
  }

  private removeQuoteLines(): void {
    if (!this.quoteLines) return;
    this.series.removePriceLine(this.quoteLines.bid);
    this.series.removePriceLine(this.quoteLines.ask);
    this.quoteLines = null;
  }

  private quoteStyle(price: number, color: string) {
    return {
      price,
      color,
      lineWidth: 1 as const,
      lineStyle: LineStyle.SparseDotted,
      axisLabelVisible: true,
      axisLabelColor: color,
      axisLabelTextColor: this.colors.surface,
    };
  }

  private styleOf({ kind, order, isNamed, isProposed }: Level) {
    const { colors } = this;
    const color = {
      entry: order.type === 'buy' ? colors.long : colors.short,
      takeProfit: colors.accent,
      stopLoss: colors.warn,
      trailingStop: colors.warn,
      liquidation: colors.short,
    }[kind];
    const isDotted = kind === 'liquidation' || kind === 'trailingStop';
    const lineStyle = kind === 'entry' ? LineStyle.Solid : isDotted ? LineStyle.Dotted : LineStyle.Dashed;
    return {
      color,
      lineStyle,
      lineWidth: isProposed ? (2 as const) : (1 as const),
      title: kind === 'liquidation' ? 'Liq' : '',
      axisLabelVisible: isNamed,
      axisLabelColor: color,
      axisLabelTextColor: colors.surface,
    };
  }
}
