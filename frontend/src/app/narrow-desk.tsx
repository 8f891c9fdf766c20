import { useState } from 'react';
import { OrderPanel } from '@/features/trade/order-panel';
import { cn } from '@/lib/cn';
import { type LedgerId, useIntent } from '@/lib/stores/intents';
import { ChartSlot } from './chart-slot';
import { LedgerPanels } from './ledger-panels';
import { MobileNav, type NarrowView } from './mobile-nav';

interface NarrowDeskProps {
  ledger: LedgerId;
  onShowLedger: (ledger: LedgerId) => void;
}

/**
 * One panel at a time, chosen at the foot. All stay mounted, so that a half-typed order or a panned chart survives a
 * look elsewhere.
 */
export function NarrowDesk({ ledger, onShowLedger }: NarrowDeskProps) {
  const [panel, setPanel] = useState<NarrowView['panel']>('chart');
  const show = (view: NarrowView) => {
    setPanel(view.panel);
    if (view.panel === 'ledger') onShowLedger(view.tab);
  };
  useIntent('side', () => setPanel('trade'));
  useIntent('ledger', () => setPanel('ledger'));
  const only = (shown: NarrowView['panel']) => cn('min-h-0 min-w-0 flex-1', shown === panel ? 'flex' : 'hidden');
  return (
    <>
      <div className="flex min-h-0 flex-1 p-1.5">
        <div className={only('chart')}>
          <ChartSlot />
        </div>
        <div className={only('trade')}>
          <OrderPanel className="flex-1" />
        </div>
        <div className={only('ledger')}>
          <LedgerPanels shown={ledger} onShow={onShowLedger} />
        </div>
      </div>
      <MobileNav view={panel === 'ledger' ? { panel, tab: ledger } : { panel }} onShow={show} />
    </>
  );
}
