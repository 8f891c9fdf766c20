import type { DayResult, EquityPoint } from '@/lib/api/types';

/** The picture's own units: it is stretched to whatever room there is. */
export const WIDTH = 1_000;
export const HEIGHT = 200;
const DAY_MS = 86_400_000;

export interface Scale {
  from: number;
  to: number;
  low: number;
  high: number;
}

/** From the first point to `until`, with a little room above and below. */
export function scaleOf(points: readonly EquityPoint[], until: number): Scale {
  const equities = points.map(({ equity }) => equity);
  const low = Math.min(...equities);
  const high = Math.max(...equities);
  const room = Math.max(100, (high - low) * 0.08);
  const from = points[0]?.time ?? 0;
  const last = points.at(-1)?.time ?? 0;
  return { from, to: Math.max(until, last, from + 1), low: low - room, high: high + room };
}

export function xOf(time: number, { from, to }: Scale): number {
  return ((time - from) / (to - from)) * WIDTH;
}

export function yOf(equity: number, { low, high }: Scale): number {
  return HEIGHT - ((equity - low) / (high - low)) * HEIGHT;
}

/** One line for each curve, in steps: the equity stays until the next point. The last one goes on to the edge. */
export function curvePaths(points: readonly EquityPoint[], scale: Scale): { line: string; area: string; beginsAt: number }[] {
  const numbers = [...new Set(points.map(({ curve }) => curve))];
  const curves = numbers.map((number) => points.filter(({ curve }) => curve === number));
  return curves.map((curve, number) => {
    const next = curves[number + 1]?.[0];
    const end = xOf(next?.time ?? scale.to, scale);
    const begin = xOf(curve[0]?.time ?? scale.from, scale);
    const steps = curve.map(({ time, equity }, place) => {
      const x = round(xOf(time, scale));
      const y = round(yOf(equity, scale));
      return place === 0 ? `M${x} ${y}` : `H${x}V${y}`;
    });
    const line = `${steps.join('')}H${round(end)}`;
    return { line, area: `${line}V${HEIGHT}H${round(begin)}Z`, beginsAt: begin };
  });
}

/** The last point at or before this part (0 to 1) of the picture's width. */
export function pointAt(points: readonly EquityPoint[], scale: Scale, part: number): number {
  const time = scale.from + part * (scale.to - scale.from);
  const after = points.findIndex((point) => point.time > time);
  return Math.max(0, (after === -1 ? points.length : after) - 1);
}

/** The newest days up to `most` without a gap: one without a closed order stands at zero. */
export function withQuietDays(days: readonly DayResult[], most: number): DayResult[] {
  const last = days.at(-1);
  const first = days[0];
  if (!first || !last) return [];
  const byDay = new Map(days.map((day) => [day.day, day]));
  const end = Date.parse(last.day);
  const begin = Math.max(Date.parse(first.day), end - (most - 1) * DAY_MS);
  return Array.from({ length: (end - begin) / DAY_MS + 1 }, (_, number) => {
    const day = new Date(begin + number * DAY_MS).toISOString().slice(0, 10);
    return byDay.get(day) ?? { day, trades: 0, net: 0 };
  });
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
