import { expect, test } from 'vitest';
import { signedCents } from './account-dialog';

test('an amount is added, or taken where it has a minus', () => {
  expect(signedCents('12.50')).toBe(1_250);
  expect(signedCents('+3')).toBe(300);
  expect(signedCents(' -12.50 ')).toBe(-1_250);
  expect(signedCents('−0.01')).toBe(-1);
});

test('nothing, and what is no amount, is none', () => {
  for (const text of ['', '0', '-0.00', '--5', '1e3', '1.234', 'twelve']) expect(signedCents(text)).toBeNull();
});
