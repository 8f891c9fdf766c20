import { describe, expect, test } from 'vitest';
import { type TriggerBase, distanceInUnit, inUnit, moneyAt, triggerDistance, triggerPrice } from './triggers';

// The design's first worked case: $100 at 10x bought at 645065700.
const long: TriggerBase = { side: 'buy', entryRaw: 645_065_700, notionalCents: 100_000 };
const short: TriggerBase = { side: 'sell', entryRaw: 644_936_700, notionalCents: 2_000_000 };

describe('a trigger by its distance', () => {
  test.each([
    [long, 'takeProfit', 646_065_700],
    [long, 'stopLoss', 644_065_700],
    [short, 'takeProfit', 643_936_700],
    [short, 'stopLoss', 645_936_700],
  ] as const)('lies on its side of the entry', (base, kind, price) => {
    expect(triggerPrice('100', 'distance', kind, base)).toBe(price);
  });

  test('can’t lie below nothing', () => {
    expect(triggerPrice('70000', 'distance', 'stopLoss', long)).toBeNull();
  });
});

describe('a trigger by its money', () => {
  test('a take profit wins at least what was asked, and a unit nearer wins less', () => {
    for (const [base, nearer] of [
      [long, -1],
      [short, 1],
    ] as const) {
      for (const cents of [1, 37, 979, 12_345]) {
        const price = triggerPrice((cents / 100).toFixed(2), 'money', 'takeProfit', base) ?? 0;
        expect(moneyAt(price, base)).toBeGreaterThanOrEqual(cents);
        expect(moneyAt(price + nearer, base)).toBeLessThan(cents);
      }
    }
  });

  test('a stop loss loses no more than what was asked', () => {
    for (const base of [long, short]) {
      for (const cents of [1, 37, 979, 12_345]) {
        const price = triggerPrice((cents / 100).toFixed(2), 'money', 'stopLoss', base) ?? 0;
        expect(moneyAt(price, base)).toBeGreaterThanOrEqual(-cents);
      }
    }
  });

  test('needs a size', () => {
    expect(triggerPrice('10', 'money', 'stopLoss', { ...long, notionalCents: 0 })).toBeNull();
  });
});

test('what can’t be read is no trigger', () => {
  expect(triggerPrice('soon', 'price', 'takeProfit', long)).toBeNull();
  expect(triggerDistance('1e3', 'distance', long, 'down')).toBeNull();
});

test('a trigger keeps its place when its unit is changed', () => {
  expect(inUnit(651_386_067, 'price', long)).toBe('65138.6067');
  expect(inUnit(651_386_000, 'price', long)).toBe('65138.60');
  expect(inUnit(651_386_067, 'distance', long)).toBe('632.0367');
  expect(inUnit(651_386_067, 'money', long)).toBe('9.79');
  expect(inUnit(null, 'money', long)).toBe('');
  expect(distanceInUnit(1_000_000, 'money', long)).toBe('1.55');
  expect(distanceInUnit(1_000_000, 'price', long)).toBe('100.00');
});
