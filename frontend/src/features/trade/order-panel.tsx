import { CircleAlert } from 'lucide-react';
import { Panel } from '@/components/ui/panel';
import { PanelState } from '@/components/ui/panel-state';
import { Skeleton } from '@/components/ui/skeleton';
import { describeError } from '@/lib/api/errors';
import { useAssets } from '@/lib/queries';
import { useSelectedSymbol } from '@/lib/stores/selection';
import { OrderTicket } from './order-ticket';

export function OrderPanel({ className }: { className?: string }) {
  const symbol = useSelectedSymbol();
  const assets = useAssets();
  const asset = assets.data?.find((candidate) => candidate.symbol === symbol);
  return (
    <Panel aria-label="New order" {...(className !== undefined && { className })}>
      {asset ? (
        // A ticket for each asset: a margin may carry over, but never a take profit of another asset's scale.
        <OrderTicket key={symbol} asset={asset} />
      ) : assets.isPending ? (
        <TicketSkeleton />
      ) : (
        <PanelState icon={CircleAlert} title={`${symbol} can’t be traded right now`} onRetry={() => void assets.refetch()}>
          {assets.error ? describeError(assets.error) : 'The desk doesn’t list this asset.'}
        </PanelState>
      )}
    </Panel>
  );
}

function TicketSkeleton() {
  return (
    <div role="status" aria-label="Loading the order panel" className="flex flex-col gap-4 p-4">
      <Skeleton className="h-14" />
      <Skeleton className="h-9" />
      <Skeleton className="h-8" />
      <Skeleton className="h-9" />
      <Skeleton className="h-20" />
      <Skeleton className="h-11" />
    </div>
  );
}
