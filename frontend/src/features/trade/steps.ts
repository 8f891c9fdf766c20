/** A step that is felt and doesn't overshoot: the power of ten next below a thousandth of the price, raw. */
export function stepOf(priceRaw: number): number {
  return 10 ** Math.max(0, Math.floor(Math.log10(priceRaw / 1_000)));
}

/** So many steps from a raw price or distance, on the grid of steps, and never below one. */
export function steppedBy(fromRaw: number, steps: number, priceRaw: number): number {
  const step = stepOf(priceRaw);
  const onGrid = steps > 0 ? Math.floor(fromRaw / step) : Math.ceil(fromRaw / step);
  return Math.max(1, onGrid + steps) * step;
}
