import { describe, expect, test } from 'vitest';
import {
  affordableMargin,
  centsToDecimal,
  feeOf,
  formatPrice,
  formatSignedPercent,
  formatSignedUsd,
  formatUsd,
  liquidationPriceOf,
  mulDiv,
  notionalOf,
  notionalOfOrder,
  parsePrice,
  parseUsd,
  pnlOf,
  priceToDecimal,
  usdToCents,
  usdToPrice,
} from './money';

const BTC_ASK = 645_065_700;
const BTC_BID = 644_936_700;

describe('the worked cases of the design', () => {
  test('case 1: $100 at 10x bought at 64,506.57 and valued at 65,138.6067', () => {
    const notional = notionalOf(10_000, 10);
    expect(feeOf(10_000, 50)).toBe(50);
    expect(liquidationPriceOf('buy', BTC_ASK, 10_000, notional)).toBe(580_559_130);
    expect(pnlOf('buy', notional, BTC_ASK, 651_386_067)).toBe(979);
  });

  test('case 3: added margin moves the liquidation price and leaves the PnL', () => {
    const notional = notionalOfOrder({ initialMargin: 10_000, leverage: 10 });
    expect(liquidationPriceOf('buy', BTC_ASK, 15_000, notional)).toBe(548_305_845);
    expect(pnlOf('buy', notional, BTC_ASK, 651_386_067)).toBe(979);
  });

  test('case 4: a short of $200 at 100x is liquidated 1 % up, and a gap loses three times the margin', () => {
    const notional = notionalOf(20_000, 100);
    expect(liquidationPriceOf('sell', BTC_BID, 20_000, notional)).toBe(651_386_067);
    expect(pnlOf('sell', notional, BTC_BID, 664_284_801)).toBe(-60_000);
  });
});

describe('arithmetic', () => {
  test('products beyond 2^53 stay exact', () => {
    expect(mulDiv(130_000_000_000, 130_000_000_001, 130_000_000_000)).toBe(130_000_000_001);
  });

  test('division truncates toward zero on both sides', () => {
    expect(mulDiv(7, 1, 2)).toBe(3);
    expect(mulDiv(-7, 1, 2)).toBe(-3);
  });

  test('a 1x long has no liquidation price, and a stop-out level brings it nearer', () => {
    expect(liquidationPriceOf('buy', BTC_ASK, 10_000, 10_000)).toBe(0);
    expect(liquidationPriceOf('buy', 1_000_000, 10_000, 100_000, 50)).toBe(950_000);
    expect(liquidationPriceOf('sell', 1_000_000, 10_000, 100_000, 50)).toBe(1_050_000);
  });

  test('a short that stands still has lost nothing, not minus nothing', () => {
    expect(Object.is(pnlOf('sell', 100_000, BTC_BID, BTC_BID), 0)).toBe(true);
  });

  test('an order that carries its notional is believed', () => {
    expect(notionalOfOrder({ notional: 75_000, initialMargin: 10_000, leverage: 10 })).toBe(75_000);
  });

  test.each([500_000, 10_051, 1, 0, 99_999_999])('the affordable margin of %i cents spends all that can be spent', (balance) => {
    const margin = affordableMargin(balance, 50);
    expect(margin + feeOf(margin, 50)).toBeLessThanOrEqual(balance);
    expect(margin + 1 + feeOf(margin + 1, 50)).toBeGreaterThan(balance);
  });
});

describe('reading what was typed', () => {
  test.each([
    ['100', 10_000],
    ['100.5', 10_050],
    [' 1,000.05 ', 100_005],
    ['0.29', 29],
    ['100.500', 10_050],
    ['7.', 700],
  ])('%j is %i cents', (text, cents) => {
    expect(parseUsd(text)).toBe(cents);
  });

  test.each(['', ' ', '-5', '1e3', '0.001', 'NaN', '1.2.3', '.', '99999999999999'])('%j is no amount', (text) => {
    expect(parseUsd(text)).toBeNull();
  });

  test('a price keeps four decimals', () => {
    expect(parsePrice('64500.1234')).toBe(645_001_234);
    expect(parsePrice('64500.12345')).toBeNull();
  });

  test('amounts go out as they came in', () => {
    expect(centsToDecimal(10_050)).toBe('100.50');
    expect(centsToDecimal(5)).toBe('0.05');
    expect(priceToDecimal(645_001_234)).toBe('64500.1234');
  });

  test('USD numbers of the stream become whole units', () => {
    expect(usdToCents(9.79)).toBe(979);
    expect(usdToCents(-0.29)).toBe(-29);
    expect(usdToPrice(64_506.57)).toBe(BTC_ASK);
  });
});

describe('writing', () => {
  test('money has two decimals, groups and its sign', () => {
    expect(formatUsd(500_000)).toBe('$5,000.00');
    expect(formatUsd(-5)).toBe('-$0.05');
    expect(formatSignedUsd(979)).toBe('+$9.79');
    expect(formatSignedUsd(-979)).toBe('-$9.79');
    expect(formatSignedUsd(0)).toBe('$0.00');
  });

  test('a price has two decimals from $1,000 and four below', () => {
    expect(formatPrice(644_936_700)).toBe('64,493.67');
    expect(formatPrice(1_524_312)).toBe('152.4312');
  });

  test('a share has two decimals and its sign', () => {
    expect(formatSignedPercent(979, 10_000)).toBe('+9.79%');
    expect(formatSignedPercent(-5, 10_000)).toBe('-0.05%');
    expect(formatSignedPercent(5, 0)).toBe('0.00%');
  });
});
