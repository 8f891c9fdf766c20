import { SignedUsd } from '@/components/signed-usd';
import { Badge } from '@/components/ui/badge';
import { Panel } from '@/components/ui/panel';
import { Tabs, TabsContent, TabsList, TabsTrigger } from '@/components/ui/tabs';
import { HistoryTable } from '@/features/history/history-table';
import { PositionsTable } from '@/features/positions/positions-table';
import { cn } from '@/lib/cn';
import { useFramed } from '@/lib/frame';
import { totalLivePnl } from '@/lib/portfolio';
import { useAccount } from '@/lib/stores/account';
import { priceStore } from '@/lib/stores/prices';

export type Ledger = 'positions' | 'history';

interface LedgerPanelsProps {
  shown: Ledger;
  onShow: (ledger: Ledger) => void;
  className?: string;
}

/** Open and closed positions: two tabs of one panel, and side by side where the screen is wide enough for both. */
export function LedgerPanels({ shown, onShow, className }: LedgerPanelsProps) {
  return (
    <Tabs value={shown} onValueChange={(value) => onShow(value as Ledger)} asChild>
      <Panel aria-label="Positions and history" className={className}>
        <LedgerHeader shown={shown} />
        <div className="flex min-h-0 flex-1 flex-col 3xl:grid 3xl:grid-cols-2 3xl:divide-x 3xl:divide-line">
          <LedgerContent ledger="positions">
            <PositionsTable />
          </LedgerContent>
          <LedgerContent ledger="history">
            <HistoryTable />
          </LedgerContent>
        </div>
      </Panel>
    </Tabs>
  );
}

function LedgerHeader({ shown }: { shown: Ledger }) {
  const count = useAccount((state) => Object.keys(state.orders).length);
  const countBadge = count > 0 && <Badge data-testid="positions-count">{count}</Badge>;
  return (
    <header className="grid h-10 shrink-0 border-b border-line 3xl:grid-cols-2">
      <div className="flex items-center justify-between pr-3">
        {/* Tabs where one of the two is shown, titles where both are; on a phone the foot of the page chooses. */}
        <TabsList aria-label="Positions and history" className="max-lg:hidden 3xl:hidden">
          <TabsTrigger value="positions" data-testid="tab-positions">
            Positions {countBadge}
          </TabsTrigger>
          <TabsTrigger value="history" data-testid="tab-history">
            History
          </TabsTrigger>
        </TabsList>
        <Title className="lg:max-3xl:hidden 3xl:hidden">{shown === 'history' ? 'History' : 'Positions'}</Title>
        <Title className="max-3xl:hidden">Positions</Title>
        <TotalPnl />
      </div>
      <div className="flex items-center max-3xl:hidden">
        <Title>History</Title>
      </div>
    </header>
  );
}

function Title({ className, children }: { className?: string; children: string }) {
  return <h2 className={cn('px-3 text-sm font-medium text-ink', className)}>{children}</h2>;
}

function LedgerContent({ ledger, children }: { ledger: Ledger; children: React.ReactNode }) {
  return (
    <TabsContent
      value={ledger}
      forceMount
      tabIndex={-1}
      className="flex min-h-0 min-w-0 flex-1 flex-col overflow-auto max-3xl:data-[state=inactive]:hidden"
    >
      {children}
    </TabsContent>
  );
}

function TotalPnl() {
  const orders = useAccount((state) => state.orders);
  const pnl = useFramed(priceStore, ({ quotes }) => totalLivePnl(orders, quotes));
  if (pnl === null || Object.keys(orders).length === 0) return null;
  return (
    <span className="text-xs text-ink-faint">
      Live PnL <SignedUsd cents={pnl} data-testid="total-pnl" className="ml-1 font-medium" />
    </span>
  );
}
