import { CircleAlert, History } from 'lucide-react';
import { PositionLabel } from '@/components/position-label';
import { SignedUsd } from '@/components/signed-usd';
import { Button } from '@/components/ui/button';
import { type Column, DataCell, DataRow, DataTable } from '@/components/ui/data-table';
import { PanelState } from '@/components/ui/panel-state';
import { RowsSkeleton } from '@/components/ui/rows-skeleton';
import { describeError } from '@/lib/api/errors';
import type { ClosedOrder } from '@/lib/api/types';
import { cn } from '@/lib/cn';
import { closeReasonWords } from '@/lib/close-reasons';
import { formatPrice, formatUsd } from '@/lib/money';
import { formatDateTime, isoTime } from '@/lib/time';
import { useHistory } from './use-history';

const COLUMNS: readonly Column[] = [
  { title: 'Position', width: 'w-44' },
  { title: 'PnL', align: 'right' },
  { title: 'Margin', align: 'right' },
  { title: 'Open', align: 'right' },
  { title: 'Close', align: 'right' },
  { title: 'Fee', align: 'right' },
  { title: 'Reason', width: 'w-40' },
  { title: 'Closed (UTC)', align: 'right', width: 'w-40' },
];

export function HistoryTable() {
  const history = useHistory();
  if (history.isPending && history.rows.length === 0) return <RowsSkeleton label="Loading history" />;
  if (history.isError && history.rows.length === 0) {
    return (
      <PanelState icon={CircleAlert} title="Your history couldn’t be loaded" onRetry={() => void history.refetch()}>
        {describeError(history.error)}
      </PanelState>
    );
  }
  if (history.rows.length === 0) {
    return (
      <PanelState icon={History} title="Nothing closed yet">
        Every position you close, or that a trigger closes for you, is kept here with its price and reason.
      </PanelState>
    );
  }
  return (
    <>
      <DataTable testId="history-table" caption="Closed positions, newest first" columns={COLUMNS}>
        {history.rows.map((order) => (
          <HistoryRow key={order.orderId} order={order} />
        ))}
      </DataTable>
      {history.hasNextPage && (
        <div className="flex justify-center border-t border-line p-3">
          <Button
            size="sm"
            data-testid="history-more"
            disabled={history.isFetchingNextPage}
            onClick={() => void history.fetchNextPage()}
          >
            {history.isFetchingNextPage ? 'Loading…' : 'Load more'}
          </Button>
        </div>
      )}
    </>
  );
}

function HistoryRow({ order }: { order: ClosedOrder }) {
  return (
    <DataRow data-testid="history-row" data-order-id={order.orderId}>
      <DataCell className="max-md:col-span-2 max-md:self-center">
        <PositionLabel asset={order.asset} side={order.type} leverage={order.leverage} />
      </DataCell>
      <DataCell align="right" className="font-medium max-md:text-right">
        <SignedUsd cents={order.pnl} data-testid="history-pnl" />
      </DataCell>
      <DataCell label="Margin" align="right" className="text-ink-muted">
        {formatUsd(order.margin)}
      </DataCell>
      <DataCell label="Open" align="right" data-raw={order.openPrice}>
        {formatPrice(order.openPrice)}
      </DataCell>
      <DataCell label="Close" align="right" data-testid="history-close-price" data-raw={order.closePrice}>
        {formatPrice(order.closePrice)}
      </DataCell>
      <DataCell label="Fee" align="right" className="text-ink-muted" data-cents={order.fee}>
        {formatUsd(order.fee)}
      </DataCell>
      <DataCell label="Reason" className={cn(order.closeReason === 'liquidation' && 'text-short')}>
        <span data-testid="history-reason" data-reason={order.closeReason}>
          {closeReasonWords(order.closeReason)}
        </span>
      </DataCell>
      <DataCell label="Closed (UTC)" align="right" className="text-ink-muted">
        <time dateTime={isoTime(order.closeTimestamp)}>{formatDateTime(order.closeTimestamp)}</time>
      </DataCell>
    </DataRow>
  );
}
