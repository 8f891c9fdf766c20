import { CircleAlert } from 'lucide-react';
import { useState } from 'react';
import { Panel } from '@/components/ui/panel';
import { PanelState } from '@/components/ui/panel-state';
import { Skeleton } from '@/components/ui/skeleton';
import { describeError } from '@/lib/api/errors';
import type { Asset } from '@/lib/api/types';
import { useAssets } from '@/lib/queries';
import { useSelectedSymbol } from '@/lib/stores/selection';
import type { OrderTerms } from './order-form';
import { OrderTicket } from './order-ticket';

const FIRST_TERMS: OrderTerms = { side: 'buy', margin: '', leverage: 10 };

export function OrderPanel({ className }: { className?: string }) {
  const symbol = useSelectedSymbol();
  const assets = useAssets();
  const [terms, setTerms] = useState(FIRST_TERMS);
  const asset = assets.data?.find((candidate) => candidate.symbol === symbol);
  return (
    <Panel aria-label="New order" {...(className !== undefined && { className })}>
      {asset ? (
        // A ticket for each asset: margin and leverage go along, but never a take profit of another asset's scale.
        <OrderTicket key={symbol} asset={asset} terms={offered(terms, asset)} onTerms={setTerms} />
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

/** Another asset may offer other leverages. */
function offered(terms: OrderTerms, { leverages }: Asset): OrderTerms {
  return leverages.includes(terms.leverage) ? terms : { ...terms, leverage: leverages[0] ?? 1 };
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
