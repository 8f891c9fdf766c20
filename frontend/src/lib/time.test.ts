import { expect, test } from 'vitest';
import { formatAgo, formatMs } from './time';

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

test.each([
  [0, '<1 ms'],
  [0.4, '<1 ms'],
  [12.4, '12 ms'],
  [999.6, '1.0 s'],
  [1_290, '1.2 s'],
  [75_000, '75 s'],
])('%d ms are "%s"', (ms, words) => {
  expect(formatMs(ms)).toBe(words);
});
