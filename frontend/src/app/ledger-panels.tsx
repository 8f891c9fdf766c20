import { Suspense, useState } from 'react';
import { SignedUsd } from '@/components/signed-usd';
import { Badge } from '@/components/ui/badge';
import { Panel } from '@/components/ui/panel';
import { RowsSkeleton } from '@/components/ui/rows-skeleton';
import { Tabs, TabsContent, TabsList, TabsTrigger } from '@/components/ui/tabs';
import { useFramed } from '@/lib/frame';
import { totalLivePnl } from '@/lib/portfolio';
import { useAccount } from '@/lib/stores/account';
import type { LedgerId } from '@/lib/stores/intents';
import { priceStore } from '@/lib/stores/prices';
import { LEDGER_TABS } from './ledger-tabs';

interface LedgerPanelsProps {
  shown: LedgerId;
  onShow: (ledger: LedgerId) => void;
}

/** What the account holds and held: tabs of one panel, each loaded when it is first shown and kept from then on. */
export function LedgerPanels({ shown, onShow }: LedgerPanelsProps) {
  const [seen, setSeen] = useState<ReadonlySet<LedgerId>>(new Set([shown]));
  if (!seen.has(shown)) setSeen(new Set([...seen, shown]));
  return (
    <Tabs value={shown} onValueChange={(value) => onShow(value as LedgerId)} asChild>
      <Panel aria-label="Account ledger" className="flex-1" data-testid="ledger">
        <header className="flex h-10 shrink-0 items-center justify-between gap-3 border-b border-line pr-3">
          <TabsList aria-label="Account ledger" className="min-w-0 overflow-x-auto overflow-y-hidden">
            {LEDGER_TABS.map(({ id, title }) => (
              <TabsTrigger key={id} value={id} data-testid={`tab-${id}`}>
                {title}
                {id === 'positions' && <PositionsCount />}
              </TabsTrigger>
            ))}
          </TabsList>
          <TotalPnl />
        </header>
        {LEDGER_TABS.map(({ id, title, content: Content }) => (
          <TabsContent
            key={id}
            value={id}
            forceMount
            tabIndex={-1}
            className="relative flex min-h-0 min-w-0 flex-1 flex-col overflow-auto data-[state=inactive]:hidden"
          >
            <h2 className="sr-only">{title}</h2>
            {seen.has(id) && (
              <Suspense fallback={<RowsSkeleton label={`Loading ${title.toLowerCase()}`} />}>
                <Content />
              </Suspense>
            )}
          </TabsContent>
        ))}
      </Panel>
    </Tabs>
  );
}

function PositionsCount() {
  const count = useAccount((state) => Object.keys(state.orders).length);
  return count > 0 && <Badge data-testid="positions-count">{count}</Badge>;
}

function TotalPnl() {
  const orders = useAccount((state) => state.orders);
  const pnl = useFramed(priceStore, ({ quotes }) => totalLivePnl(orders, quotes));
  if (pnl === null || Object.keys(orders).length === 0) return null;
  return (
    <span className="text-xs whitespace-nowrap text-ink-faint">
      Live PnL <SignedUsd cents={pnl} data-testid="total-pnl" className="ml-1 font-medium" />
    </span>
  );
}
