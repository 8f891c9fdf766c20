import { cn } from '@/lib/cn';
import { type LatencyLevel, levelOf, useLatency } from '@/lib/stores/latency';
import { formatMs } from '@/lib/time';

export const LEVEL_COLORS: Record<LatencyLevel, string> = { good: '', slow: 'text-warn', late: 'text-short' };

/**
 * How old a price is when it is drawn, as of this second. Not for screen readers, who would hear it every second. On a
 * phone it stands in place of the word beside it, once it is known.
 */
export function LatencyFigure() {
  const total = useLatency((latency) => latency?.total ?? null);
  const level = total === null ? 'good' : levelOf(total);
  return (
    <span aria-hidden data-testid="latency" data-level={level} className={cn('inline-flex gap-1.5', total === null && 'max-sm:hidden')}>
      <span className="text-ink-faint max-sm:hidden">·</span>
      {/* As wide as the usual figures are, so that nothing beside it moves. */}
      <span className={cn('min-w-[5ch] text-left', LEVEL_COLORS[level])}>{total === null ? '—' : formatMs(total)}</span>
    </span>
  );
}
