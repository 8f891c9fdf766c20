import { useId } from 'react';
import type { EquityPoint, PerformanceAnswer } from '@/lib/api/types';
import { formatUsd } from '@/lib/money';
import { formatDateTime, formatDay, isoTime } from '@/lib/time';
import { AsTable } from './as-table';
import { HEIGHT, type Scale, WIDTH, curvePaths, pointAt, scaleOf, xOf, yOf } from './curve';
import { useScrub } from './use-scrub';

interface EquityChartProps {
  performance: PerformanceAnswer;
  isOfOneAsset: boolean;
  /** When the figures were told: so far the last point holds. */
  toldAt: number;
}

/** The realised equity over time: a picture to walk along, a sentence, and the points as a table. */
export function EquityChart({ performance, isOfOneAsset, toldAt }: EquityChartProps) {
  const { equity: points } = performance;
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return null;
  const title = isOfOneAsset ? 'What it brought' : 'Realised equity';
  return (
    <figure className="flex min-w-0 flex-col gap-2" data-testid="performance-equity" data-points={points.length}>
      <figcaption className="flex flex-wrap items-baseline justify-between gap-x-3">
        <h3 className="text-xs font-medium text-ink-muted">{title}</h3>
        {last.curve > first.curve && (
          <span className="text-2xs text-ink-faint">Dashed: a deposit or a reset, from where it counts anew</span>
        )}
      </figcaption>
      <Picture points={points} scale={scaleOf(points, toldAt)} title={title} />
      <AsTable
        caption={title}
        heads={['Time (UTC)', 'Equity']}
        rows={points.map(({ time, equity }) => [formatDateTime(time), formatUsd(equity)])}
      />
    </figure>
  );
}

function Picture({ points, scale, title }: { points: readonly EquityPoint[]; scale: Scale; title: string }) {
  const { index, handlers } = useScrub(points.length, (part) => pointAt(points, scale, part));
  const shown = points[index ?? points.length - 1];
  if (!shown) return null;
  return (
    <div className="flex flex-col gap-1">
      <p className="text-xs text-ink-muted" data-testid="performance-equity-point">
        <span className="text-base font-semibold text-ink" data-cents={shown.equity}>
          {formatUsd(shown.equity)}
        </span>{' '}
        <time dateTime={isoTime(shown.time)}>{index === null ? 'now' : `since ${formatDateTime(shown.time)} UTC`}</time>
      </p>
      <div
        {...handlers}
        aria-label={`${title} over time`}
        aria-valuetext={`${formatUsd(shown.equity)} since ${formatDateTime(shown.time)} UTC`}
        className="relative h-36 w-full cursor-crosshair touch-pan-y rounded-md @3xl:h-44"
      >
        <Curves points={points} scale={scale} />
        {index !== null && <Crosshair point={shown} scale={scale} />}
      </div>
      <div className="flex justify-between text-2xs text-ink-faint">
        <span>{formatDay(scale.from)}</span>
        <span>{formatDay(scale.to)}</span>
      </div>
    </div>
  );
}

function Curves({ points, scale }: { points: readonly EquityPoint[]; scale: Scale }) {
  const shade = useId();
  return (
    <svg aria-hidden viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" className="size-full overflow-visible">
      <defs>
        <linearGradient id={shade} x1="0" x2="0" y1="0" y2="1">
          <stop offset="0" stopColor="var(--accent)" stopOpacity="0.22" />
          <stop offset="1" stopColor="var(--accent)" stopOpacity="0.02" />
        </linearGradient>
      </defs>
      {[0.25, 0.5, 0.75].map((part) => (
        <line key={part} x1="0" x2={WIDTH} y1={part * HEIGHT} y2={part * HEIGHT} className="stroke-line" vectorEffect="non-scaling-stroke" />
      ))}
      {curvePaths(points, scale).map(({ line, area, beginsAt }, number) => (
        <g key={line}>
          <path d={area} fill={`url(#${shade})`} />
          <path d={line} fill="none" className="stroke-accent" strokeWidth="1.75" vectorEffect="non-scaling-stroke" />
          {number > 0 && (
            <line x1={beginsAt} x2={beginsAt} y1="0" y2={HEIGHT} className="stroke-ink-faint" strokeDasharray="4 4" vectorEffect="non-scaling-stroke" />
          )}
        </g>
      ))}
    </svg>
  );
}

function Crosshair({ point, scale }: { point: EquityPoint; scale: Scale }) {
  const left = `${(xOf(point.time, scale) / WIDTH) * 100}%`;
  const top = `${(yOf(point.equity, scale) / HEIGHT) * 100}%`;
  return (
    <div aria-hidden className="pointer-events-none absolute inset-0">
      <span className="absolute inset-y-0 w-px bg-line-strong" style={{ left }} />
      <span
        className="absolute size-2.5 -translate-x-1/2 -translate-y-1/2 rounded-full border-2 border-surface bg-accent"
        style={{ left, top }}
      />
    </div>
  );
}
