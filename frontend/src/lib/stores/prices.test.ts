import { beforeEach, describe, expect, test } from 'vitest';
import { makeAsset } from '@/testing/factories';
import { type PriceUpdate, STALE_AFTER_MS, chartPriceOf, priceStore } from './prices';

const update: PriceUpdate = {
  symbol: 'BTC',
  bid: 644_936_700,
  ask: 645_065_700,
  last: 645_001_200,
  time: 1_610_064_000,
  source: 'replay',
};

const store = () => priceStore.getState();

describe('the price store', () => {
  beforeEach(() => store().reset());

  test('a price goes stale after ten seconds of silence and is fresh again with the next', () => {
    store().update(update, 1_000);
    store().judgeStaleness(1_000 + STALE_AFTER_MS);
    expect(store().quotes.BTC?.stale).toBe(false);
    store().judgeStaleness(1_001 + STALE_AFTER_MS);
    expect(store().quotes.BTC?.stale).toBe(true);
    store().update(update, 20_000);
    expect(store().quotes.BTC?.stale).toBe(false);
  });

  test('how long a price may be silent is what the asset list says', () => {
    store().seed([makeAsset({ staleAfterMs: 60_000 })], 0);
    store().update(update, 1_000);
    store().judgeStaleness(61_000);
    expect(store().quotes.BTC?.stale).toBe(false);
    store().judgeStaleness(61_001);
    expect(store().quotes.BTC?.stale).toBe(true);
  });

  test('an asset list fills in what the stream has not said, and says itself whether it is stale', () => {
    store().seed([makeAsset({ stale: true })], 0);
    expect(store().quotes.BTC).toMatchObject({ bid: 644_936_700, ask: 645_065_700, stale: true });
  });

  test('an asset list never overrules a live price', () => {
    store().update(update, 0);
    store().seed([makeAsset({ buyPrice: 1, sellPrice: 1 })], 1);
    expect(store().quotes.BTC?.bid).toBe(update.bid);
  });

  test('an asset without a price gets no quote', () => {
    store().seed([makeAsset({ buyPrice: null, sellPrice: null, stale: true })], 0);
    expect(store().quotes.BTC).toBeUndefined();
  });

  test('judging leaves the state alone when nothing has changed, so that nobody renders', () => {
    store().update(update, 0);
    const before = store().quotes;
    store().judgeStaleness(1);
    expect(store().quotes).toBe(before);
  });

  test('the chart is drawn with the trade, or with the middle where the server does not tell it', () => {
    expect(chartPriceOf(update)).toBe(645_001_200);
    expect(chartPriceOf({ ...update, last: null })).toBe(645_001_200);
  });
});
