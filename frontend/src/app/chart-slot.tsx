import { Suspense, lazy } from 'react';
import { Panel } from '@/components/ui/panel';
import { Skeleton } from '@/components/ui/skeleton';

// Asked for with the page's first script and not when it is first drawn: it comes while the session is confirmed.
const chartFile = import('@/features/chart/chart-panel');
const ChartPanel = lazy(() => chartFile.then((file) => ({ default: file.ChartPanel })));

/** The chart, whose library is half of the page's script and isn't waited for by anything else. */
export function ChartSlot() {
  return (
    <Suspense fallback={<ChartStandIn />}>
      <ChartPanel className="flex-1" />
    </Suspense>
  );
}

function ChartStandIn() {
  return (
    <Panel role="status" aria-label="Loading the chart" className="flex-1 gap-3 p-3">
      <Skeleton className="h-5 w-64" />
      <Skeleton className="flex-1" />
    </Panel>
  );
}
