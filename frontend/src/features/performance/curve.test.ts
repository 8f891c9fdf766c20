import { expect, test } from 'vitest';
import { HEIGHT, WIDTH, curvePaths, pointAt, scaleOf, withQuietDays, xOf, yOf } from './curve';

const points = [
  { time: 1_000, equity: 500_000, curve: 1 },
  { time: 2_000, equity: 510_000, curve: 1 },
  { time: 3_000, equity: 500_000, curve: 2 },
];

test('the picture reaches from the first point to the moment it was told, with room around it', () => {
  const scale = scaleOf(points, 5_000);
  expect([xOf(1_000, scale), xOf(5_000, scale)]).toEqual([0, WIDTH]);
  expect(yOf(510_000, scale)).toBeGreaterThan(0);
  expect(yOf(500_000, scale)).toBeLessThan(HEIGHT);
});

test('an equity that never moved is a line and not a division by zero', () => {
  const flat = [{ time: 1_000, equity: 500_000, curve: 1 }];
  const [path] = curvePaths(flat, scaleOf(flat, 2_000));
  expect(path?.line).toBe('M0 100H1000');
});

test('each curve is a line of its own, in steps, and ends where the next begins', () => {
  const [first, second, none] = curvePaths(points, scaleOf(points, 5_000));
  expect(first?.line).toMatch(/^M0 [\d.]+H250V[\d.]+H500$/);
  expect(second?.line).toMatch(/^M500 [\d.]+H1000$/);
  expect([first?.beginsAt, second?.beginsAt, none]).toEqual([0, 500, undefined]);
});

test.each([
  [0, 0],
  [0.24, 0],
  [0.25, 1],
  [0.49, 1],
  [0.5, 2],
  [1, 2],
])('at %d of the width holds point %i', (part, expected) => {
  expect(pointAt(points, scaleOf(points, 5_000), part)).toBe(expected);
});

test('days without a closed order are there too, and of very many the newest', () => {
  const days = [
    { day: '2026-02-27', trades: 1, net: -5 },
    { day: '2026-03-02', trades: 2, net: 7 },
  ];
  expect(withQuietDays(days, 10).map(({ day, net }) => [day, net])).toEqual([
    ['2026-02-27', -5],
    ['2026-02-28', 0],
    ['2026-03-01', 0],
    ['2026-03-02', 7],
  ]);
  expect(withQuietDays(days, 2).map(({ day }) => day)).toEqual(['2026-03-01', '2026-03-02']);
  expect(withQuietDays([], 5)).toEqual([]);
});
