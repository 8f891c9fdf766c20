import { CircleAlert, Layers } from 'lucide-react';
import { type Column, DataTable } from '@/components/ui/data-table';
import { PanelState } from '@/components/ui/panel-state';
import { RowsSkeleton } from '@/components/ui/rows-skeleton';
import { describeError } from '@/lib/api/errors';
import { newestFirst } from '@/lib/portfolio';
import { fetchAccount } from '@/lib/queries';
import { useAccount } from '@/lib/stores/account';
import { PositionRow } from './position-row';

const COLUMNS: readonly Column[] = [
  { title: 'Position', width: 'w-44' },
  { title: 'PnL', align: 'right', width: 'w-40' },
  { title: 'Margin', align: 'right' },
  { title: 'Entry', align: 'right' },
  { title: 'Price', align: 'right' },
  { title: 'Liquidation', align: 'right' },
  { title: 'Take profit', align: 'right' },
  { title: 'Stop loss', align: 'right' },
  { title: '', align: 'right', width: 'w-24' },
];

export function PositionsTable() {
  const status = useAccount((state) => state.status);
  const error = useAccount((state) => state.error);
  const orders = useAccount((state) => state.orders);
  const rows = newestFirst(orders);

  if (status === 'loading' && rows.length === 0) return <RowsSkeleton label="Loading positions" />;
  if (status === 'error') {
    return (
      <PanelState icon={CircleAlert} title="Your positions couldn’t be loaded" onRetry={() => void fetchAccount()}>
        {describeError(error)}
      </PanelState>
    );
  }
  if (rows.length === 0) {
    return (
      <PanelState icon={Layers} title="No open positions">
        Choose a side and a margin in the order panel. What you open stands here with its live profit and loss.
      </PanelState>
    );
  }
  return (
    <DataTable testId="positions-table" caption="Open positions" columns={COLUMNS}>
      {rows.map((order) => (
        <PositionRow key={order.orderId} order={order} />
      ))}
    </DataTable>
  );
}
