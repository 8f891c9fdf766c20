import { ChartNoAxesCombined, CircleAlert } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { PanelState } from '@/components/ui/panel-state';
import { Segmented } from '@/components/ui/segmented';
import { Skeleton } from '@/components/ui/skeleton';
import { describeError } from '@/lib/api/errors';
import { cn } from '@/lib/cn';
import { formatSignedUsd } from '@/lib/money';
import { readRemembered, remember } from '@/lib/remembered';
import { SYMBOLS } from '@/lib/stores/selection';
import { ByAssetTable } from './by-asset-table';
import { DailyBars } from './daily-bars';
import { EquityChart } from './equity-chart';
import { Figures } from './figures';
import { PERIODS, type Period, type Scope, WHOLE, parseScope } from './scope';
import { usePerformance } from './use-performance';

const KEPT_AS = 'performance-scope';
const PERIOD_OPTIONS = Object.entries(PERIODS).map(([value, label]) => ({
  value: value as Period,
  label,
  testId: `performance-period-${value}`,
}));
const ASSET_OPTIONS = [WHOLE.asset, ...SYMBOLS].map((value) => ({
  value,
  label: value === WHOLE.asset ? 'All assets' : value,
  testId: `performance-asset-${value}`,
}));

/** How one has traded: what it brought, how steadily, and what it cost. */
export function PerformancePanel() {
  const [scope, setScope] = useState(() => readRemembered(KEPT_AS, parseScope, WHOLE));
  const choose = (next: Scope) => {
    setScope(next);
    remember(KEPT_AS, next);
  };
  return (
    <section aria-label="Performance" data-testid="performance-panel" className="@container flex min-h-0 flex-1 flex-col">
      <div className="flex shrink-0 flex-wrap items-center gap-2 border-b border-line px-3 py-2">
        <Segmented label="Time" value={scope.period} options={PERIOD_OPTIONS} onChange={(period) => choose({ ...scope, period })} />
        <Segmented label="Asset" value={scope.asset} options={ASSET_OPTIONS} onChange={(asset) => choose({ ...scope, asset })} />
      </div>
      <Content scope={scope} onWhole={() => choose(WHOLE)} />
    </section>
  );
}

function Content({ scope, onWhole }: { scope: Scope; onWhole: () => void }) {
  const { data, error, isPlaceholderData, dataUpdatedAt, refetch } = usePerformance(scope);
  if (data === undefined) {
    if (error === null) return <Loading />;
    return (
      <PanelState icon={CircleAlert} title="Your figures couldn’t be loaded" onRetry={() => void refetch()}>
        {describeError(error)}
      </PanelState>
    );
  }
  if (data.total.trades === 0 && !isPlaceholderData) return <Empty scope={scope} onWhole={onWhole} />;
  const isOfOneAsset = scope.asset !== WHOLE.asset;
  return (
    <div aria-busy={isPlaceholderData} className={cn('flex flex-col gap-5 p-3 pb-5', isPlaceholderData && 'opacity-60')}>
      <p role="status" className="sr-only">
        {`${data.total.trades} trades, ${formatSignedUsd(data.total.net)} after fees`}
      </p>
      {error !== null && (
        <p role="status" className="rounded-md bg-warn-soft px-3 py-2 text-xs text-warn">
          These may not be the newest figures. {describeError(error)}
        </p>
      )}
      <div className="grid gap-5 @3xl:grid-cols-[minmax(0,1.3fr)_minmax(0,1fr)]">
        <EquityChart performance={data} isOfOneAsset={isOfOneAsset} toldAt={dataUpdatedAt} />
        <Figures performance={data} />
      </div>
      <div className="grid gap-5 @3xl:grid-cols-[minmax(0,1.3fr)_minmax(0,1fr)]">
        <DailyBars days={data.byDay} />
        <ByAssetTable rows={data.byAsset} />
      </div>
    </div>
  );
}

function Empty({ scope, onWhole }: { scope: Scope; onWhole: () => void }) {
  const isNarrowed = scope.period !== WHOLE.period || scope.asset !== WHOLE.asset;
  return (
    <div
      role="status"
      data-testid="performance-empty"
      className="flex flex-1 flex-col items-center justify-center gap-1 px-6 py-8 text-center"
    >
      <ChartNoAxesCombined aria-hidden className="mb-1.5 size-5 text-ink-faint" strokeWidth={1.5} />
      <p className="text-sm font-medium text-ink">{isNarrowed ? 'Nothing was closed in this time' : 'Your figures begin with the first close'}</p>
      <p className="max-w-md text-xs text-ink-faint">
        {isNarrowed
          ? 'Figures are of closed orders: choose a longer time, or all assets.'
          : 'Close a position, and here stands what it brought after fees. With some more come the win rate, the profit factor (what winners bring for each dollar that losers cost) and the drawdown (how far the account fell below its best).'}
      </p>
      {isNarrowed && (
        <Button size="sm" className="mt-2" data-testid="performance-whole" onClick={onWhole}>
          Show all
        </Button>
      )}
    </div>
  );
}

function Loading() {
  return (
    <div role="status" aria-label="Loading your figures" className="grid gap-5 p-3 @3xl:grid-cols-[minmax(0,1.3fr)_minmax(0,1fr)]">
      <Skeleton className="h-44" />
      <div className="grid grid-cols-3 gap-1.5">
        {Array.from({ length: 9 }, (_, number) => (
          <Skeleton key={number} className="h-14" />
        ))}
      </div>
    </div>
  );
}
