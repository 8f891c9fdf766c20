import { expect, test, vi } from 'vitest';
import type { Candle } from './candles';
import { OlderCandles } from './older-candles';

const CANDLE: Candle = { time: 60, open: 1, high: 1, low: 1, close: 1, volume: 0 };

function olderCandles(...answers: (Candle[] | Error)[]) {
  const fetchBefore = vi.fn<(time: number) => Promise<Candle[]>>(() => {
    const answer = answers.shift() ?? [];
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  });
  const show = vi.fn();
  return { older: new OlderCandles(fetchBefore, show), fetchBefore, show };
}

test('what is older than the oldest candle is fetched and shown', async () => {
  const { older, fetchBefore, show } = olderCandles([CANDLE]);
  await older.ask(120);
  expect(fetchBefore).toHaveBeenCalledExactlyOnceWith(120);
  expect(show).toHaveBeenCalledExactlyOnceWith([CANDLE]);
});

test('one request at a time, however much the chart moves', async () => {
  const { older, fetchBefore } = olderCandles([CANDLE]);
  await Promise.all([older.ask(120), older.ask(120), older.ask(120)]);
  expect(fetchBefore).toHaveBeenCalledTimes(1);
});

test('where nothing older was, nothing is asked until it is time to look again', async () => {
  const { older, fetchBefore, show } = olderCandles([], [CANDLE]);
  await older.ask(120);
  await older.ask(120);
  expect(fetchBefore).toHaveBeenCalledTimes(1);
  older.lookAgain();
  await older.ask(120);
  expect(show).toHaveBeenCalledExactlyOnceWith([CANDLE]);
});

test('a request that failed is made again', async () => {
  const { older, show } = olderCandles(new Error('away'), [CANDLE]);
  await older.ask(120);
  expect(show).not.toHaveBeenCalled();
  await older.ask(120);
  expect(show).toHaveBeenCalledTimes(1);
});

test('what comes after the chart has turned to something else is dropped', async () => {
  const { older, fetchBefore, show } = olderCandles([CANDLE]);
  const asked = older.ask(120);
  older.close();
  await asked;
  await older.ask(60);
  expect(show).not.toHaveBeenCalled();
  expect(fetchBefore).toHaveBeenCalledTimes(1);
});
