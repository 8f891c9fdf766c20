import { describe, expect, test } from 'vitest';
import { makeOrder } from '@/testing/factories';
import {
  distanceHundredths,
  estimateAddedMargin,
  estimateClosing,
  liquidationAfterClosing,
  marginLevelPercent,
} from './position-figures';

const FEE_BPS = 50;
const BID = 651_386_067;

// The design's worked cases: a $100 long at 10x from 645065700, valued at a bid of 651386067.
describe('the worked cases', () => {
  test('closing all of it credits 10929', () => {
    expect(estimateClosing(makeOrder(), BID, FEE_BPS)).toEqual({ margin: 10_000, pnl: 979, fee: 50, credit: 10_929 });
  });

  test('closing a quarter credits 2732', () => {
    expect(estimateClosing(makeOrder(), BID, FEE_BPS, 25)).toEqual({ margin: 2_500, pnl: 244, fee: 12, credit: 2_732 });
  });

  test('$50 added moves the liquidation price to 548305845', () => {
    expect(estimateAddedMargin(makeOrder(), 5_000, FEE_BPS, 0)).toEqual({
      ...{ fee: 25, cost: 5_025 },
      ...{ liquidationRaw: 548_305_845, leverageHundredths: 667 },
    });
  });

  test('a short that a gap costs more than its margin credits nothing', () => {
    const short = makeOrder({
      ...{ type: 'sell', margin: 20_000, initialMargin: 20_000, leverage: 100 },
      ...{ openPrice: 644_936_700, liquidationPrice: 651_386_067 },
    });
    expect(estimateClosing(short, 664_284_801, FEE_BPS)).toEqual({ margin: 20_000, pnl: -20_000, fee: 0, credit: 0 });
  });
});

test('what a partial close leaves is liquidated where the whole was, but for rounding', () => {
  expect(liquidationAfterClosing(makeOrder(), 25, 0)).toBe(580_559_130);
});

test('the margin level falls from 100 at the entry to 0, and not below', () => {
  expect(marginLevelPercent(makeOrder(), 0)).toBe(100);
  expect(marginLevelPercent(makeOrder(), -4_000)).toBe(60);
  expect(marginLevelPercent(makeOrder(), -20_000)).toBe(0);
});

test('a distance is told in hundredths of a percent', () => {
  expect(distanceHundredths(645_065_700, 580_559_130)).toBe(1_000);
});
