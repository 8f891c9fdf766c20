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
  return (
    <div data-testid="latency-details" className="text-xs text-ink-muted">
      <p className="text-sm font-semibold text-ink">{meaning}</p>
      {isLive ? <Legs /> : <p className="mt-1">How quick prices are is said as soon as they are live.</p>}
    </div>
  );
}

function Legs() {
  const latency = useLatency((known) => known);
  return (
    <>
      <dl className="mt-3 flex flex-col gap-2.5">
        <Leg name="Exchange to desk" ms={latency?.feed}>
          From the trade to this desk. Live exchange prices only.
        </Leg>
        <Leg name="Desk to browser" ms={latency?.wire}>
          Triggers are checked first, then it is sent to you.
        </Leg>
        <Leg name="Browser to screen" ms={latency?.screen}>
          Until the first frame that shows it.
        </Leg>
        <div className="flex items-baseline justify-between border-t border-line pt-2.5 font-semibold text-ink">
          <dt>Desk to screen</dt>
          <dd className={cn(latency && LEVEL_COLORS[levelOf(latency.total)])}>{shown(latency?.total)}</dd>
        </div>
        <Leg name="Round trip" ms={latency?.roundTrip}>
          To the desk and back. It sets your browser’s clock by the desk’s, to within half of it.
        </Leg>
      </dl>
      <p className="mt-3 text-2xs text-ink-faint">Median of the last prices, once a second.</p>
    </>
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
