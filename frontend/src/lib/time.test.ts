import { expect, test } from 'vitest';
import { formatAgo } from './time';

test.each([
  [0, 'just now'],
  [59_000, 'just now'],
  [60_000, '1 minute ago'],
  [7_200_000, '2 hours ago'],
  [86_400_000, '1 day ago'],
  [8 * 86_400_000, '14 Nov 2023'],
])('after %i ms it is "%s"', (age, words) => {
  expect(formatAgo(1_700_000_000_000, 1_700_000_000_000 + age)).toBe(words);
});
