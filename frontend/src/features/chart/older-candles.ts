import type { Candle } from './candles';

/**
 * Looking further back, one request at a time. When nothing older came, nothing is asked until `lookAgain`: the days
 * before a desk's first start arrive while its chart is already on the screen.
 */
export class OlderCandles {
  private isBusy = false;
  private isExhausted = false;
  private isClosed = false;

  constructor(
    private readonly fetchBefore: (time: number) => Promise<Candle[]>,
    private readonly show: (candles: Candle[]) => void,
  ) {}

  /** Asks for what is before the oldest candle, unless that is being asked or there was nothing. */
  async ask(oldestTime: number): Promise<void> {
    if (this.isBusy || this.isExhausted || this.isClosed) return;
    this.isBusy = true;
    try {
      this.take(await this.fetchBefore(oldestTime));
    } catch {
      // Looking further back is asked for again by the next movement of the chart.
    } finally {
      this.isBusy = false;
    }
  }

  /** There may be older ones by now. */
  lookAgain(): void {
    this.isExhausted = false;
  }

  /** The chart shows something else: what still comes is dropped. */
  close(): void {
    this.isClosed = true;
  }

  private take(candles: Candle[]): void {
    this.isExhausted = candles.length === 0;
    if (!this.isExhausted && !this.isClosed) this.show(candles);
  }
}
