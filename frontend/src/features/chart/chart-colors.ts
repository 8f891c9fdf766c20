/** The tokens of `styles.css` that the chart draws with. */
const TOKENS = [
  'ink',
  'ink-muted',
  'ink-faint',
  'surface',
  'grid',
  'line',
  'line-strong',
  'long',
  'short',
  'accent',
  'warn',
  'volume-up',
  'volume-down',
  'ma-1',
  'ma-2',
  'ma-3',
  'ma-4',
  'ma-5',
  'ma-6',
  'band',
  'vwap',
] as const;

export type ColorToken = (typeof TOKENS)[number];

/** The theme's colours as plain values: a canvas can't read CSS variables by itself. */
export type ChartColors = Readonly<Record<ColorToken, string>>;

export function readChartColors(element: Element): ChartColors {
  const style = getComputedStyle(element);
  const entries = TOKENS.map((name) => [name, style.getPropertyValue(`--${name}`).trim()] as const);
  return Object.fromEntries(entries) as Record<ColorToken, string>;
}
