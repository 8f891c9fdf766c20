import { CircleAlert, Layers } from 'lucide-react';
import { Suspense, lazy, useState } from 'react';
import { Button } from '@/components/ui/button';
import { type Column, DataTable } from '@/components/ui/data-table';
import { PanelState } from '@/components/ui/panel-state';
import { RowsSkeleton } from '@/components/ui/rows-skeleton';
import { describeError } from '@/lib/api/errors';
import { newestFirst } from '@/lib/portfolio';
import { fetchAccount } from '@/lib/queries';
import { useAccount } from '@/lib/stores/account';
import { askFor, useIntent } from '@/lib/stores/intents';
import { PositionRow } from './position-row';

const ManageDialog = lazy(() => import('./manage-dialog'));
const CloseAllDialog = lazy(() => import('./close-all-dialog'));

const COLUMNS: readonly Column[] = [
  { title: 'Position', width: 'w-40' },
  { title: 'PnL', align: 'right', width: 'w-36' },
  { title: 'Margin', align: 'right' },
  { title: 'Entry', align: 'right' },
  { title: 'Price', align: 'right' },
  { title: 'Liquidation', align: 'right' },
  { title: 'Take profit', align: 'right', width: 'w-28' },
  { title: 'Stop loss', align: 'right', width: 'w-36' },
  { title: '', align: 'right', width: 'w-32' },
];

export function PositionsTable() {
  const status = useAccount((state) => state.status);
  const error = useAccount((state) => state.error);
  const orders = useAccount((state) => state.orders);
  const rows = newestFirst(orders);
  const dialog = usePositionDialogs();

  if (status === 'loading' && rows.length === 0) return <RowsSkeleton label="Loading positions" />;
  if (status === 'error') {
    return (
      <PanelState icon={CircleAlert} title="Your positions couldn’t be loaded" onRetry={() => void fetchAccount()}>
        {describeError(error)}
      </PanelState>
    );
  }
  return (
    <>
      {rows.length === 0 ? (
        <PanelState icon={Layers} title="No open positions">
          Choose a side and a margin in the order panel. What you open stands here with its live profit and loss.
        </PanelState>
      ) : (
        <DataTable testId="positions-table" caption="Open positions" columns={COLUMNS}>
          {rows.map((order, index) => (
            <PositionRow key={order.orderId} order={order} isNewest={index === 0} />
          ))}
        </DataTable>
      )}
      {rows.length > 1 && (
        <div className="flex justify-end border-t border-line p-2">
          <Button size="sm" variant="ghost" data-testid="close-all" onClick={() => askFor({ kind: 'close-all' })}>
            Close all…
          </Button>
        </div>
      )}
      {dialog}
    </>
  );
}

/** One dialog at a time, asked for by a row, a key or the palette; a position's goes with its position. */
function usePositionDialogs() {
  const [asked, setAsked] = useState<{ kind: 'manage'; orderId: string } | { kind: 'close-all' } | null>(null);
  const managed = useAccount(({ orders }) => (asked?.kind === 'manage' ? (orders[asked.orderId] ?? null) : null));
  useIntent('manage', setAsked);
  useIntent('close-all', setAsked);
  const close = () => setAsked(null);
  return (
    <Suspense fallback={null}>
      {managed && <ManageDialog order={managed} onClose={close} />}
      {asked?.kind === 'close-all' && <CloseAllDialog onClose={close} />}
    </Suspense>
  );
}
