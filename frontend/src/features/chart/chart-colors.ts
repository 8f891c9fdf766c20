/** The theme's colours as plain values: a canvas can't read CSS variables by itself. */
export interface ChartColors {
  text: string;
  surface: string;
  grid: string;
  line: string;
  long: string;
  short: string;
  accent: string;
  warn: string;
  volumeUp: string;
  volumeDown: string;
}

export function readChartColors(element: Element): ChartColors {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    text: token('ink-muted'),
    surface: token('surface'),
    grid: token('grid'),
    line: token('line-strong'),
    long: token('long'),
    short: token('short'),
    accent: token('accent'),
    warn: token('warn'),
    volumeUp: token('volume-up'),
    volumeDown: token('volume-down'),
  };
}
