import { describe, expect, test } from 'vitest';
import { makeAsset } from '@/testing/factories';
import { type OrderDraft, checkOrder, estimateOrder, marginForShare } from './order-form';

const conditions = { asset: makeAsset(), balanceCents: 500_000, entryRaw: 645_065_700 };

function draft(part: Partial<OrderDraft> = {}): OrderDraft {
  return { side: 'buy', margin: '100', leverage: 10, unit: 'price', takeProfit: '', stopLoss: '', trailingStop: '', ...part };
}

describe('an order that can go out', () => {
  test('is sent in decimal strings, without what was left empty', () => {
    expect(checkOrder(draft(), conditions).request).toEqual({ asset: 'BTC', type: 'buy', margin: '100.00', leverage: 10 });
  });

  test('carries its triggers', () => {
    const { request } = checkOrder(draft({ takeProfit: '65,000.5', stopLoss: '64000' }), conditions);
    expect(request).toMatchObject({ takeProfit: '65000.5000', stopLoss: '64000.0000' });
  });
});

test('triggers by money and a trailing stop go out as prices and a distance', () => {
  const { request } = checkOrder(draft({ unit: 'money', takeProfit: '9.79', stopLoss: '5', trailingStop: '2' }), conditions);
  expect(request).toMatchObject({
    ...{ takeProfit: '65138.0894', stopLoss: '64184.0372' },
    trailingStopLoss: { enabled: true, trailingDistance: '129.0131' },
  });
});

describe('what stands in an order’s way is said in words', () => {
  test.each([
    ['', 'Enter the margin in USD.'],
    ['9.99', 'The smallest margin is $10.00.'],
    ['5000', 'Margin and fee come to $5,025.00, and the balance is $5,000.00.'],
    ['10.001', 'Enter an amount in USD with at most two decimals, such as 100 or 100.50.'],
  ])('a margin of %j', (margin, words) => {
    expect(checkOrder(draft({ margin }), conditions).errors?.margin).toBe(words);
  });

  test.each([
    ['buy', '64000', '65000', 'A long’s take profit must be above the entry, now 64,506.57.', 'A long’s stop loss must be below the entry, now 64,506.57.'],
    ['sell', '65000', '64000', 'A short’s take profit must be below the entry, now 64,506.57.', 'A short’s stop loss must be above the entry, now 64,506.57.'],
  ] as const)('triggers on the wrong side of a %s', (side, takeProfit, stopLoss, takeProfitWords, stopLossWords) => {
    const { errors } = checkOrder(draft({ side, takeProfit, stopLoss }), conditions);
    expect(errors).toEqual({ takeProfit: takeProfitWords, stopLoss: stopLossWords });
  });
});

test('the estimate of the design’s first case', () => {
  expect(estimateOrder(draft(), conditions)).toEqual({ feeCents: 50, notionalCents: 100_000, liquidationRaw: 580_559_130 });
  expect(estimateOrder(draft({ margin: '' }), conditions)).toBeNull();
});

test('the whole balance leaves room for the fee, and the largest margin is kept', () => {
  expect(marginForShare(100, conditions)).toBe('4975.13');
  expect(checkOrder(draft({ margin: '4975.13' }), conditions).errors).toBeNull();
  expect(marginForShare(100, { ...conditions, asset: makeAsset({ maxMargin: 100_000 }) })).toBe('1000.00');
});
