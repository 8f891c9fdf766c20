/**
 * Where labels of one height go so that none covers another: as near as can be to where they belong, in their order,
 * and within the pane. Given and returned in pixels from its top, by the labels' middles.
 */
export function spreadOut(wanted: readonly number[], gap: number, top: number, bottom: number): number[] {
  const order = wanted.map((y, index) => ({ y: Math.min(bottom, Math.max(top, y)), index }));
  order.sort((a, b) => a.y - b.y || a.index - b.index);
  let lowest = -Infinity;
  for (const label of order) {
    label.y = Math.max(label.y, lowest + gap);
    lowest = label.y;
  }
  // What was pushed out at the foot goes up again, and takes along what is in its way.
  let highest = bottom + gap;
  for (const label of order.reverse()) {
    label.y = Math.max(top, Math.min(label.y, highest - gap));
    highest = label.y;
  }
  const placed = Array<number>(wanted.length).fill(0);
  for (const { y, index } of order) placed[index] = y;
  return placed;
}

export interface PriceRange {
  minValue: number;
  maxValue: number;
}

/** Levels beyond the candles are shown with them as long as the candles keep this much of the height. */
const CANDLES_SHARE_MIN = 0.5;

/** The candles' range, reaching on to the nearest levels on either side that leave the candles room enough. */
export function reachFor(range: PriceRange, levels: readonly number[]): PriceRange {
  const height = range.maxValue - range.minValue;
  if (height <= 0) return range;
  const outside = (level: number) => Math.max(range.minValue - level, level - range.maxValue, 0);
  const reached = { ...range };
  for (const level of [...levels].sort((a, b) => outside(a) - outside(b))) {
    const minValue = Math.min(reached.minValue, level);
    const maxValue = Math.max(reached.maxValue, level);
    if (height / (maxValue - minValue) < CANDLES_SHARE_MIN) break;
    reached.minValue = minValue;
    reached.maxValue = maxValue;
  }
  return reached;
}
