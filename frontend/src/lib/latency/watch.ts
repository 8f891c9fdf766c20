import { drawingFrames } from '@/lib/frame';
import { type Latency, latencyStore } from '@/lib/stores/latency';
import { selectionStore } from '@/lib/stores/selection';
import { DeskClock } from './clock';

/** When a price was made (ms since the epoch, the exchange's clock; null: not by an exchange just now) and came to the desk. */
export interface PriceTimes {
  madeAt: number | null;
  receivedAt: number;
}

/** arrivedAt, drawnAt: `performance.now()`. */
interface Arrived extends PriceTimes {
  arrivedAt: number;
}

interface Drawn extends Arrived {
  drawnAt: number;
}

export const SHOWN_EVERY_MS = 1_000;
const SAMPLES_MAX = 50;
/** What is older says nothing about now. */
const SAMPLE_AGE_MAX_MS = 10_000;

/**
 * Measures how old a price is on the screen: of the selected asset, in the first frame that shows it. A tick costs a few
 * assignments, a frame one sample; a median of the last is put into the store once a second.
 */
export class LatencyWatch {
  private readonly clock = new DeskClock();
  /** Assets whose next price is the newest known, however old, and no news. */
  private readonly greeting = new Set<string>();
  private waiting: Arrived | null = null;
  private samples: Drawn[] = [];
  private timer: ReturnType<typeof setInterval> | undefined;

  start(): void {
    this.timer = setInterval(() => this.publish(), SHOWN_EVERY_MS);
    document.addEventListener('visibilitychange', this.forgetWaiting);
  }

  stop(): void {
    clearInterval(this.timer);
    document.removeEventListener('visibilitychange', this.forgetWaiting);
    drawingFrames.delete(this.draw);
    this.newLine();
    latencyStore.getState().show(null);
  }

  /** The connection is made anew: nothing measured on the former one holds. */
  newLine(): void {
    this.clock.reset();
    this.greeting.clear();
    this.forgetWaiting();
    this.samples = [];
  }

  subscribed(symbol: string): void {
    this.greeting.add(symbol);
  }

  pong(sentAt: number, time: number): void {
    this.clock.note(sentAt, performance.now(), time);
  }

  /** A price has come and is in its store; after those who draw it, so that it is drawn when this looks at the clock. */
  arrived(symbol: string, times: PriceTimes, arrivedAt: number): void {
    if (this.greeting.delete(symbol) || symbol !== selectionStore.getState().symbol) return;
    this.waiting = { ...times, arrivedAt };
    drawingFrames.add(this.draw);
  }

  private readonly draw = (): void => {
    if (!this.waiting) return;
    const drawn = { ...this.waiting, drawnAt: performance.now() };
    this.waiting = null;
    this.samples = [...this.samples.slice(1 - SAMPLES_MAX), drawn];
  };

  /** In a hidden page nothing is drawn: what waited there has waited for the trader. */
  private readonly forgetWaiting = (): void => {
    this.waiting = null;
  };

  private publish(): void {
    const now = performance.now();
    this.samples = this.samples.filter(({ drawnAt }) => now - drawnAt <= SAMPLE_AGE_MAX_MS);
    const clock = this.clock.read(now);
    latencyStore.getState().show(clock && latencyOf(this.samples, clock));
  }
}

/** That of the median price, so that its parts belong together; null without a price. */
export function latencyOf(samples: readonly Drawn[], clock: { offset: number; roundTrip: number }): Latency | null {
  const drawn = medianOf(samples, ({ drawnAt, receivedAt }) => drawnAt - receivedAt);
  if (!drawn) return null;
  // The clocks are known only so well: a price can't have come before it was sent.
  const wire = Math.round(Math.max(0, drawn.arrivedAt + clock.offset - drawn.receivedAt));
  const screen = Math.round(drawn.drawnAt - drawn.arrivedAt);
  const feed = medianOf(samples.flatMap((sample) => feedLagOf(sample) ?? []), (lag) => lag);
  return { feed: feed ?? null, wire, screen, total: wire + screen, roundTrip: Math.round(clock.roundTrip) };
}

function feedLagOf({ madeAt, receivedAt }: PriceTimes): number | null {
  return madeAt === null ? null : Math.max(0, Math.round(receivedAt - madeAt));
}

function medianOf<T>(items: readonly T[], figure: (item: T) => number): T | undefined {
  return [...items].sort((a, b) => figure(a) - figure(b))[Math.floor((items.length - 1) / 2)];
}
