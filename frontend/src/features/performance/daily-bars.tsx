import { SignedUsd } from '@/components/signed-usd';
import type { DayResult } from '@/lib/api/types';
import { cn } from '@/lib/cn';
import { formatSignedUsd } from '@/lib/money';
import { formatDay } from '@/lib/time';
import { AsTable } from './as-table';
import { withQuietDays } from './curve';
import { useScrub } from './use-scrub';

/** As many as are still told apart on a phone. */
const DAYS_MAX = 92;

/** What each day brought: bars up and down from zero. */
export function DailyBars({ days }: { days: readonly DayResult[] }) {
  const shown = withQuietDays(days, DAYS_MAX);
  return (
    <figure className="flex min-w-0 flex-col gap-2" data-testid="performance-days" data-days={days.length}>
      <figcaption>
        <h3 className="text-xs font-medium text-ink-muted">Day by day (UTC), after fees</h3>
      </figcaption>
      <Bars days={shown} />
      <AsTable
        caption="Result of each day"
        heads={['Day', 'Trades', 'After fees']}
        rows={days.toReversed().map(({ day, trades, net }) => [formatDay(Date.parse(day)), String(trades), formatSignedUsd(net)])}
      />
    </figure>
  );
}

function Bars({ days }: { days: readonly DayResult[] }) {
  const { index, handlers } = useScrub(days.length, (part) => Math.min(days.length - 1, Math.floor(part * days.length)));
  const shown = days[index ?? days.length - 1];
  if (!shown) return null;
  const most = Math.max(1, ...days.map(({ net }) => Math.abs(net)));
  const words = `${shown.trades} ${shown.trades === 1 ? 'trade' : 'trades'}`;
  return (
    <div className="flex flex-col gap-1">
      <p className="text-xs text-ink-muted">
        <SignedUsd cents={shown.net} className="text-base font-semibold" /> on {formatDay(Date.parse(shown.day))} · {words}
      </p>
      <div
        {...handlers}
        aria-label="Result of each day"
        aria-valuetext={`${formatSignedUsd(shown.net)} on ${formatDay(Date.parse(shown.day))}, ${words}`}
        className="relative flex h-28 w-full cursor-crosshair touch-pan-y items-stretch gap-px rounded-md"
      >
        <span aria-hidden className="absolute inset-x-0 top-1/2 h-px bg-line-strong" />
        {days.map((day, number) => (
          <Bar key={day.day} part={day.net / most} isPointedAt={number === index} />
        ))}
      </div>
    </div>
  );
}

/** Above the line it won, below it lost: not by colour alone. */
function Bar({ part, isPointedAt }: { part: number; isPointedAt: boolean }) {
  const height = `${Math.abs(part) * 50}%`;
  return (
    <span className={cn('relative h-full max-w-8 min-w-px flex-1 rounded-sm', isPointedAt && 'bg-hover')}>
      <span
        className={cn('absolute inset-x-0 mx-auto w-4/5', part >= 0 ? 'bottom-1/2 rounded-t-sm bg-long' : 'top-1/2 rounded-b-sm bg-short')}
        style={{ height }}
      />
    </span>
  );
}
