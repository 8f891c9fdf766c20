import type { RefObject } from 'react';
import { cn } from '@/lib/cn';
import type { ColorToken } from './chart-colors';
import type { IndicatorSpec } from './indicators/specs';

const FIGURES = [
  { figure: 'open', letter: 'O', name: 'Open' },
  { figure: 'high', letter: 'H', name: 'High' },
  { figure: 'low', letter: 'L', name: 'Low' },
  { figure: 'close', letter: 'C', name: 'Close' },
  { figure: 'change', letter: '', name: 'Change' },
  { figure: 'volume', letter: 'Vol', name: 'Volume' },
];

const COLORS: Partial<Record<ColorToken, string>> = {
  'ma-1': 'text-ma-1',
  'ma-2': 'text-ma-2',
  'ma-3': 'text-ma-3',
  'ma-4': 'text-ma-4',
  'ma-5': 'text-ma-5',
  'ma-6': 'text-ma-6',
  band: 'text-band',
  vwap: 'text-vwap',
};

/** Over the candles: the one under the crosshair, or the newest. `writeLegend` fills it in, at every frame if need be. */
export function ChartLegend({ legendRef, specs }: { legendRef: RefObject<HTMLDivElement | null>; specs: readonly IndicatorSpec[] }) {
  return (
    <div
      ref={legendRef}
      data-testid="chart-legend"
      className="group pointer-events-none absolute top-1 left-2 z-[4] flex max-w-[calc(100%-5rem)] flex-col items-start text-2xs text-ink-faint"
    >
      <dl className="flex flex-wrap gap-x-2.5 rounded bg-surface/75 px-1">
        {FIGURES.map(({ figure, letter, name }) => (
          <div key={figure} className="flex gap-1">
            <dt>
              <span aria-hidden>{letter}</span>
              <span className="sr-only">{name}</span>
            </dt>
            <dd data-figure={figure} className={cn('text-ink-muted', figure !== 'volume' && DIRECTION)} />
          </div>
        ))}
      </dl>
      {specs.length > 0 && (
        <dl data-testid="chart-indicators" className="flex flex-wrap gap-x-2.5 rounded bg-surface/75 px-1 max-sm:max-h-8 max-sm:overflow-hidden">
          {specs.map((spec) => (
            <div key={spec.id} data-indicator={spec.id} className="flex gap-1">
              <dt>{spec.label}</dt>
              {spec.lines.map((line, index) => (
                <dd key={index} data-figure={`${spec.id}:${index}`} title={line.name} className={COLORS[line.color] ?? 'text-ink-muted'} />
              ))}
            </div>
          ))}
        </dl>
      )}
      <p data-figure="trades" data-testid="chart-trades" className="rounded bg-surface/75 px-1 text-ink empty:hidden" />
    </div>
  );
}

const DIRECTION = 'group-data-[direction=down]:text-short group-data-[direction=up]:text-long';
