import { useState } from 'react';
import { ChartPanel } from '@/features/chart/chart-panel';
import { OrderPanel } from '@/features/trade/order-panel';
import { cn } from '@/lib/cn';
import { Header } from './header';
import { type Ledger, LedgerPanels } from './ledger-panels';
import { MobileNav, type MobileView } from './mobile-nav';
import { useLiveDesk } from './use-live-desk';
import { usePageTitle } from './use-page-title';
import { VerifyBanner } from './verify-banner';

/**
 * Desktop: chart and ledger left, order panel right, nothing scrolls but the panels. Below 1024 px one panel at a time,
 * chosen at the foot. Every panel stays mounted, so that a half-typed order or a panned chart survives a look elsewhere.
 */
export function TradingPage() {
  useLiveDesk();
  usePageTitle();
  const [view, setView] = useState<MobileView>('chart');
  const [ledger, setLedger] = useState<Ledger>('positions');

  const showView = (next: MobileView) => {
    setView(next);
    if (next === 'positions' || next === 'history') setLedger(next);
  };
  const onlyFor = (...views: MobileView[]) => (views.includes(view) ? '' : 'max-lg:hidden');

  return (
    <div className="flex h-dvh flex-col overflow-hidden">
      <Header />
      <VerifyBanner />
      <main className="grid min-h-0 flex-1 gap-1.5 p-1.5 max-lg:grid-rows-[minmax(0,1fr)] lg:grid-cols-[minmax(0,1fr)_20rem] lg:grid-rows-[minmax(0,1fr)_minmax(14rem,34%)] 3xl:grid-cols-[minmax(0,1fr)_23rem]">
        <h1 className="sr-only">Trading desk</h1>
        <ChartPanel className={onlyFor('chart')} />
        <OrderPanel className={cn('lg:col-start-2 lg:row-span-2 lg:row-start-1', onlyFor('trade'))} />
        <LedgerPanels shown={ledger} onShow={setLedger} className={onlyFor('positions', 'history')} />
      </main>
      <MobileNav view={view} onShow={showView} />
    </div>
  );
}
