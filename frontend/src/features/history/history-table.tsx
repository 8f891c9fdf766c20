import { CircleAlert, History, SearchX } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { type Column, DataTable } from '@/components/ui/data-table';
import { PanelState } from '@/components/ui/panel-state';
import { RowsSkeleton } from '@/components/ui/rows-skeleton';
import { describeError } from '@/lib/api/errors';
import type { ClosedOrder } from '@/lib/api/types';
import { cn } from '@/lib/cn';
import { readRemembered, remember } from '@/lib/remembered';
import { FilterBar } from './filter-bar';
import { type Filters, NO_FILTERS, isFiltered, parseFilters } from './filters';
import { HistoryRow } from './history-row';
import { ReceiptDialog } from './receipt-dialog';
import { useHistory } from './use-history';

const KEPT_AS = 'history-filters';
const COLUMNS: readonly Column[] = [
  { title: 'Position', width: 'w-40' },
  { title: 'PnL', align: 'right' },
  { title: 'After fees', align: 'right' },
  { title: 'Open', align: 'right' },
  { title: 'Close', align: 'right' },
  { title: 'Reason', width: 'w-40' },
  { title: 'Held', align: 'right', width: 'w-28' },
  { title: 'Closed (UTC)', align: 'right', width: 'w-36' },
  { title: '', width: 'w-24' },
];

type HistoryPages = ReturnType<typeof useHistory>;

/** Closed orders, narrowed to what one looks for, each with its receipt. */
export function HistoryTable() {
  const [filters, setFilters] = useState(() => readRemembered(KEPT_AS, parseFilters, NO_FILTERS));
  const history = useHistory(filters);
  const choose = (next: Filters) => {
    setFilters(next);
    remember(KEPT_AS, next);
  };
  const hasNothing = history.rows.length === 0 && !isFiltered(filters);
  return (
    <>
      {(!hasNothing || history.isPlaceholderData) && <FilterBar filters={filters} onChange={choose} />}
      <HistoryContent history={history} isNarrowed={isFiltered(filters)} onClear={() => choose(NO_FILTERS)} />
    </>
  );
}

interface HistoryContentProps {
  history: HistoryPages;
  isNarrowed: boolean;
  onClear: () => void;
}

function HistoryContent({ history, isNarrowed, onClear }: HistoryContentProps) {
  if (history.rows.length > 0) return <Rows history={history} />;
  if (history.isPending || history.isPlaceholderData) return <RowsSkeleton label="Loading history" />;
  if (history.isError) {
    return (
      <PanelState icon={CircleAlert} title="Your history couldn’t be loaded" onRetry={() => void history.refetch()}>
        {describeError(history.error)}
      </PanelState>
    );
  }
  if (isNarrowed) return <NothingMatches onClear={onClear} />;
  return (
    <PanelState icon={History} title="Nothing closed yet">
      Every position you close, or that a trigger closes for you, is kept here with its price and reason.
    </PanelState>
  );
}

function Rows({ history }: { history: HistoryPages }) {
  const [receipt, setReceipt] = useState<ClosedOrder | null>(null);
  return (
    <>
      {history.isError && <NotCurrent history={history} />}
      <div aria-busy={history.isPlaceholderData} className={cn(history.isPlaceholderData && 'opacity-60')}>
        <DataTable testId="history-table" caption="Closed positions, newest first" columns={COLUMNS}>
          {history.rows.map((order) => (
            <HistoryRow key={order.orderId} order={order} onReceipt={setReceipt} />
          ))}
        </DataTable>
      </div>
      <Foot history={history} />
      {receipt && <ReceiptDialog order={receipt} onShow={setReceipt} onClose={() => setReceipt(null)} />}
    </>
  );
}

/** What is shown stays when asking again fails; that it may be old must be said. */
function NotCurrent({ history }: { history: HistoryPages }) {
  return (
    <p role="status" className="flex items-center gap-2 border-b border-line bg-warn-soft px-3 py-1.5 text-xs text-warn">
      <CircleAlert aria-hidden className="size-3.5 shrink-0" />
      <span className="flex-1">This may not be the newest. {describeError(history.error)}</span>
      <Button size="sm" onClick={() => void history.refetch()}>
        Try again
      </Button>
    </p>
  );
}

function Foot({ history }: { history: HistoryPages }) {
  const count = history.rows.length;
  return (
    <div className="flex items-center justify-center gap-3 border-t border-line p-3 text-xs text-ink-faint">
      <span role="status" data-testid="history-count">
        {count} {count === 1 ? 'order' : 'orders'}
        {history.hasNextPage ? ', and older ones' : ', all there are'}
      </span>
      {history.hasNextPage && (
        <Button
          size="sm"
          data-testid="history-more"
          disabled={history.isFetchingNextPage}
          onClick={() => void history.fetchNextPage()}
        >
          {history.isFetchingNextPage ? 'Loading…' : 'Load more'}
        </Button>
      )}
    </div>
  );
}

function NothingMatches({ onClear }: { onClear: () => void }) {
  return (
    <div role="status" className="flex flex-1 flex-col items-center justify-center gap-1 px-6 py-8 text-center">
      <SearchX aria-hidden className="mb-1.5 size-5 text-ink-faint" strokeWidth={1.5} />
      <p className="text-sm font-medium text-ink">Nothing matches</p>
      <p className="max-w-sm text-xs text-ink-faint">No closed order is like that. Ask for less, or for all of them.</p>
      <Button size="sm" className="mt-2" data-testid="history-show-all" onClick={onClear}>
        Show all
      </Button>
    </div>
  );
}
