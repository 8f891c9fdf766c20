import { BollingerBands, EMA, MACD, RSI, SMA } from 'trading-signals';
import type { Candle } from '@/features/chart/candles';

/** One candle's values, in the order of the indicator's lines; null where too few candles have been. */
export type Values = readonly (number | null)[];

/**
 * An indicator fed candle by candle. The newest candle goes on changing: `isSame` says that this is the last one told,
 * as it is now, and costs no more than a new one.
 */
export type Calculation = (candle: Candle, isSame: boolean) => Values;

export function simpleAverage(period: number): Calculation {
  const average = new SMA(period);
  return ({ close }, isSame) => [average.update(close, isSame)];
}

export function exponentialAverage(period: number): Calculation {
  const average = new EMA(period);
  return ({ close }, isSame) => {
    const value = average.update(close, isSame);
    // It speaks from the first candle on, but until its period is over it mostly repeats where it began.
    return [average.isStable ? value : null];
  };
}

/** Upper, middle and lower band. */
export function bollingerBands(period: number, deviations: number): Calculation {
  const bands = new BollingerBands(period, deviations);
  return ({ close }, isSame) => {
    const value = bands.update(close, isSame);
    return value ? [value.upper, value.middle, value.lower] : [null, null, null];
  };
}

export function relativeStrength(period: number): Calculation {
  const strength = new RSI(period);
  return ({ close }, isSame) => [strength.update(close, isSame)];
}

/** MACD, its signal, and the difference of the two. */
export function convergence(fast: number, slow: number, signal: number): Calculation {
  const macd = new MACD(new EMA(fast), new EMA(slow), new EMA(signal));
  return ({ close }, isSame) => {
    const value = macd.update(close, isSame);
    return value ? [value.macd, value.signal, value.histogram] : [null, null, null];
  };
}

const DAY_S = 86_400;

/**
 * The average price of a UTC day weighted by volume. The library's knows no sessions and stands still at a candle
 * without volume, which is what a live candle is until its volume has been fetched.
 */
export function sessionAverage(): Calculation {
  let day = -1;
  let before = { amount: 0, volume: 0 };
  let now = before;
  return (candle, isSame) => {
    const candleDay = Math.floor(candle.time / DAY_S);
    if (!isSame) before = candleDay === day ? now : { amount: 0, volume: 0 };
    day = candleDay;
    const typical = (candle.high + candle.low + candle.close) / 3;
    now = { amount: before.amount + typical * candle.volume, volume: before.volume + candle.volume };
    return [now.volume > 0 ? now.amount / now.volume : null];
  };
}
