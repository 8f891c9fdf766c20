import { expect, test } from 'vitest';
import { stepOf, steppedBy } from './steps';

test('a step suits its price: ten dollars of bitcoin, a cent of what costs a few dollars', () => {
  expect(stepOf(645_065_700)).toBe(100_000);
  expect(stepOf(25_000_000)).toBe(10_000);
  expect(stepOf(1_500_000)).toBe(1_000);
});

test('steps go along their grid and never below one step', () => {
  expect(steppedBy(645_065_700, 1, 645_065_700)).toBe(645_100_000);
  expect(steppedBy(645_065_700, -1, 645_065_700)).toBe(645_000_000);
  expect(steppedBy(645_000_000, 10, 645_065_700)).toBe(646_000_000);
  expect(steppedBy(0, -1, 645_065_700)).toBe(100_000);
});
