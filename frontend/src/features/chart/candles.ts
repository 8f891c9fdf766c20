import type { Interval, WireCandle } from '@/lib/api/types';

/** Prices in USD, as the chart draws them. */
export interface Candle {
  /** Seconds at which the candle opens. */
  time: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

const FIELDS = ['time', 'open', 'high', 'low', 'close', 'volume'] as const satisfies readonly (keyof Candle)[];

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const INTERVAL_SECONDS: Readonly<Record<Interval, number>> = {
  '1m': MINUTE,
  '5m': 5 * MINUTE,
  '15m': 15 * MINUTE,
  '1h': HOUR,
  '4h': 4 * HOUR,
  '1d': DAY,
  '1w': 7 * DAY,
};

export function fromWire(candle: WireCandle): Candle {
  return { ...candle, volume: Number(candle.volume) };
}

/**
 * The newest candle after a price at a time, which is the feed's and may be years ago: the same one reaching further,
 * or the next one. Null for a price from before the newest candle, which is history and the server's to tell.
 * Candles are cut where the server cuts them, so the grid is counted from its last one (weeks start on a weekday).
 */
export function rollCandle(last: Candle, price: number, timeSeconds: number, intervalSeconds: number): Candle | null {
  if (timeSeconds < last.time) return null;
  if (timeSeconds < last.time + intervalSeconds) {
    return { ...last, high: Math.max(last.high, price), low: Math.min(last.low, price), close: price };
  }
  const steps = Math.floor((timeSeconds - last.time) / intervalSeconds);
  // Volume isn't in the price messages: it comes when the newest candles are fetched again.
  return { time: last.time + steps * intervalSeconds, open: price, high: price, low: price, close: price, volume: 0 };
}

/**
 * Puts fetched candles among those at hand. The server saw every trade and is believed, except that the newest candle
 * keeps the live close and reach: the answer left the server a moment ago.
 */
export function mergeCandles(held: readonly Candle[], fetched: readonly Candle[]): Candle[] {
  const byTime = new Map(held.map((candle) => [candle.time, candle]));
  const newest = held.at(-1);
  for (const candle of fetched) {
    byTime.set(candle.time, newest?.time === candle.time ? joinLive(candle, newest) : candle);
  }
  return [...byTime.values()].sort((a, b) => a.time - b.time);
}

function joinLive(fetched: Candle, live: Candle): Candle {
  return {
    ...fetched,
    high: Math.max(fetched.high, live.high),
    low: Math.min(fetched.low, live.low),
    close: live.close,
  };
}

/**
 * From where on to draw again, when it is the newest candle that was held or what came after it; the length when nothing
 * changed. Null when more must be drawn: also for a candle that was missed, which comes to stand before the newest.
 */
export function changedEnd(before: readonly Candle[], after: readonly Candle[]): number | null {
  const newest = before.at(-1);
  if (newest === undefined) return null;
  const changed = firstDifference(before, after);
  const first = after[changed];
  return changed >= before.length - 1 && (first === undefined || first.time >= newest.time) ? changed : null;
}

/** The place of the first candle that isn't the same in both; the length when none differs. */
function firstDifference(before: readonly Candle[], after: readonly Candle[]): number {
  const isSame = (candle: Candle, index: number) => {
    const other = before[index];
    return other !== undefined && (other === candle || FIELDS.every((field) => other[field] === candle[field]));
  };
  const index = after.findIndex((candle, place) => !isSame(candle, place));
  return index === -1 ? after.length : index;
}
