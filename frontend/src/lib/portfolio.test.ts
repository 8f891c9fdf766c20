import { expect, test } from 'vitest';
import { marginLevelOf } from './portfolio';

test('the margin level is the equity in percent of the margin in use', () => {
  expect(marginLevelOf(500_000, 10_000)).toBe(5_000);
  expect(marginLevelOf(10_999, 10_000)).toBe(109);
});

test('it never falls below nothing, and there is none while nothing is at risk', () => {
  expect(marginLevelOf(-500, 10_000)).toBe(0);
  expect(marginLevelOf(500_000, 0)).toBeNull();
});
