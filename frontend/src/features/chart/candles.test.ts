import { describe, expect, test } from 'vitest';
import { type Candle, changedEnd, mergeCandles, rollCandle } from './candles';

/** 8 January 2021, 00:00 UTC: a recording, far from the reader's own clock. */
const START = 1_610_064_000;

function candle(time: number, part: Partial<Candle> = {}): Candle {
  return { time, open: 100, high: 110, low: 90, close: 105, volume: 5, ...part };
}

describe('a price rolls the newest candle on', () => {
  test('within the minute it moves the close and stretches the reach', () => {
    expect(rollCandle(candle(START), 120, START + 59, 60)).toEqual(candle(START, { high: 120, close: 120 }));
    expect(rollCandle(candle(START), 80, START, 60)).toEqual(candle(START, { low: 80, close: 80 }));
  });

  test('with the next minute a new candle opens at the price', () => {
    expect(rollCandle(candle(START), 101, START + 60, 60)).toEqual({
      time: START + 60, open: 101, high: 101, low: 101, close: 101, volume: 0,
    });
  });

  test('after a silence the new candle stands where its time is', () => {
    expect(rollCandle(candle(START), 101, START + 60 * 7 + 30, 60)?.time).toBe(START + 60 * 7);
  });

  test('a week is counted from the server’s last one, not from a Thursday in 1970', () => {
    const monday = 1_609_718_400;
    expect(rollCandle(candle(monday), 101, monday + 8 * 86_400, 7 * 86_400)?.time).toBe(monday + 7 * 86_400);
  });

  test('a price older than the newest candle is history', () => {
    expect(rollCandle(candle(START), 101, START - 1, 60)).toBeNull();
  });
});

describe('fetched candles among those held', () => {
  test('older ones go in front and missed ones into their places', () => {
    const merged = mergeCandles([candle(120), candle(240)], [candle(0), candle(60), candle(180)]);
    expect(merged.map(({ time }) => time)).toEqual([0, 60, 120, 180, 240]);
  });

  test('the server is believed about what is over', () => {
    const [first] = mergeCandles([candle(0, { high: 106 }), candle(60)], [candle(0, { high: 130 })]);
    expect(first?.high).toBe(130);
  });

  test('the newest takes volume and open from the server, and keeps the live close and reach', () => {
    const live = candle(60, { open: 101, high: 140, low: 95, close: 99, volume: 0 });
    expect(mergeCandles([live], [candle(60, { high: 120, volume: 7 })])).toEqual([
      candle(60, { open: 100, high: 140, low: 90, close: 99, volume: 7 }),
    ]);
  });
});

describe('after a merge is drawn', () => {
  const [first, second, third] = [candle(0), candle(60), candle(120)];

  test('what differs at the end', () => {
    expect(changedEnd([first, second], [{ ...first }, second])).toBe(2);
    expect(changedEnd([first, second], [first, { ...second, volume: 9 }])).toBe(1);
    expect(changedEnd([first], [first, second])).toBe(1);
  });

  test('all of it, when something before the newest is another', () => {
    expect(changedEnd([second], [first, second])).toBeNull();
    expect(changedEnd([first, second], [{ ...first, volume: 9 }, second])).toBeNull();
    expect(changedEnd([], [first])).toBeNull();
  });

  test('all of it, when a minute that the page missed comes to stand before the newest', () => {
    expect(changedEnd([first, third], [first, second, third])).toBeNull();
  });
});
