import { ChartCandlestick, CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { PanelState } from '@/components/ui/panel-state';
import { describeError } from '@/lib/api/errors';
import { useStreamStatus } from '@/lib/stores/connection';
import { useQuote } from '@/lib/stores/prices';

interface ChartStateProps {
  symbol: string;
  isPending: boolean;
  error: unknown;
  isEmpty: boolean;
  onRetry: () => void;
}

/** What stands in the chart's place as long as there are no candles. */
export function ChartState({ symbol, isPending, error, isEmpty, onRetry }: ChartStateProps) {
  if (isPending) return <ChartLoading />;
  if (error !== null) {
    return (
      <Overlay>
        <PanelState icon={CircleAlert} title="The chart couldn’t be loaded" onRetry={onRetry}>
          {describeError(error)}
        </PanelState>
      </Overlay>
    );
  }
  if (!isEmpty) return null;
  return (
    <Overlay>
      <PanelState icon={ChartCandlestick} title="No candles yet">
        The first one is drawn as soon as {symbol} has traded.
      </PanelState>
    </Overlay>
  );
}

/** Over candles that stand still: why they do. */
export function ChartBadge({ symbol }: { symbol: string }) {
  const isStale = useQuote(symbol)?.stale ?? false;
  const isOffline = useStreamStatus() === 'offline';
  if (!isStale && !isOffline) return null;
  return (
    <p
      role="status"
      data-testid={isOffline ? 'chart-offline' : 'chart-stale'}
      className="absolute top-12 left-1/2 z-10 -translate-x-1/2 rounded-md border border-warn bg-raised px-2.5 py-1 text-xs font-medium whitespace-nowrap text-warn"
    >
      {isOffline ? 'Not connected: the chart stands still' : 'The price is out of date'}
    </p>
  );
}

function Overlay({ children }: { children: ReactNode }) {
  return <div className="absolute inset-0 z-10 flex bg-surface">{children}</div>;
}

/** Heights of stand-in candles, in percent. */
const BARS = [34, 46, 40, 58, 52, 66, 60, 72, 55, 63, 48, 57, 69, 76, 64, 71];

function ChartLoading() {
  return (
    <Overlay>
      <div role="status" aria-label="Loading the chart" className="flex flex-1 animate-pulse items-end gap-[2%] px-[6%] pb-[12%]">
        {BARS.map((height, index) => (
          <span key={index} className="flex-1 rounded-sm bg-raised" style={{ height: `${height}%` }} />
        ))}
      </div>
    </Overlay>
  );
}
