import { cn } from '@/lib/cn';
import { levelOf, useLatency } from '@/lib/stores/latency';
import { formatMs } from '@/lib/time';
import { LEVEL_COLORS } from './latency-figure';

interface LatencyDetailsProps {
  meaning: string;
  isLive: boolean;
}

/** Where a price's time goes on its way here, in plain words. */
export function LatencyDetails({ meaning, isLive }: LatencyDetailsProps) {
  const known = useLatency((latency) => latency);
  const latency = isLive ? known : null;
  return (
    <div data-testid="latency-details" className="text-xs text-ink-muted">
      <p className="text-sm font-semibold text-ink">{meaning}</p>
      <dl className="mt-3 flex flex-col gap-2.5">
        <Leg name="Exchange to desk" ms={latency?.feed}>
          From the trade until this desk has it. Only for an exchange’s live prices.
        </Leg>
        <Leg name="Desk to browser" ms={latency?.wire}>
          Your triggers are held against it first, then it travels to you.
        </Leg>
        <Leg name="Browser to screen" ms={latency?.screen}>
          Until the first frame that shows it.
        </Leg>
        <div className="flex items-baseline justify-between border-t border-line pt-2.5 font-semibold text-ink">
          <dt>Desk to screen</dt>
          <dd className={cn(latency && LEVEL_COLORS[levelOf(latency.total)])}>{shown(latency?.total)}</dd>
        </div>
        <Leg name="Round trip" ms={latency?.roundTrip}>
          To the desk and back. By it your browser’s clock is compared with the desk’s, so that “desk to browser” may be off
          by half of it.
        </Leg>
      </dl>
      <p className="mt-3 text-2xs text-ink-faint">The median of the last prices, looked at once a second.</p>
    </div>
  );
}

interface LegProps {
  name: string;
  /** Undefined or null: not known. */
  ms: number | null | undefined;
  children: string;
}

function Leg({ name, ms, children }: LegProps) {
  return (
    <div className="grid grid-cols-[1fr_auto] gap-x-3">
      <dt className="font-medium text-ink">{name}</dt>
      <dd className="font-medium text-ink">{shown(ms)}</dd>
      <dd className="col-span-2 text-2xs text-ink-faint">{children}</dd>
    </div>
  );
}

function shown(ms: number | null | undefined): string {
  return ms === null || ms === undefined ? '—' : formatMs(ms);
}
