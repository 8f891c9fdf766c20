import { useState } from 'react';
import { Panes } from '@/components/ui/panes';
import { Watchlist } from '@/features/market/watchlist';
import { OrderPanel } from '@/features/trade/order-panel';
import { useWindowWidth } from '@/lib/media';
import { readRemembered, remember } from '@/lib/remembered';
import type { LedgerId } from '@/lib/stores/intents';
import { ChartSlot } from './chart-slot';
import { LedgerPanels } from './ledger-panels';

/** In rem, so that they grow with the type on a very wide screen. */
const TICKET_REM = { size: 20.5, min: 18.5 };
const WATCHLIST_REM = { size: 16.5, min: 14, narrow: 3.75 };
const REM_PX = 16;
const NARROW_KEY = 'watchlist-narrow';

interface WideDeskProps {
  ledger: LedgerId;
  onShowLedger: (ledger: LedgerId) => void;
}

/** Everything at once: markets and chart over the ledger, the ticket beside them over the whole height. */
export function WideDesk({ ledger, onShowLedger }: WideDeskProps) {
  const width = useWindowWidth();
  const shareOf = (rem: number) => Math.min(45, ((rem * REM_PX) / width) * 100);
  const ticket = { size: shareOf(TICKET_REM.size), min: shareOf(TICKET_REM.min) };
  return (
    <Panes
      name="desk"
      direction="horizontal"
      label="Resize the order ticket"
      first={{
        id: 'workspace',
        size: 100 - ticket.size,
        min: 45,
        content: <Workspace ledger={ledger} onShowLedger={onShowLedger} />,
      }}
      second={{ id: 'ticket', ...ticket, content: <OrderPanel className="flex-1" /> }}
    />
  );
}

function Workspace({ ledger, onShowLedger }: WideDeskProps) {
  return (
    <Panes
      name="workspace"
      direction="vertical"
      label="Resize the chart and the ledger"
      first={{ id: 'markets', size: 66, min: 30, content: <Markets /> }}
      second={{ id: 'ledger', size: 34, min: 18, content: <LedgerPanels shown={ledger} onShow={onShowLedger} /> }}
    />
  );
}

function Markets() {
  const [isNarrow, setNarrow] = useState(() => readRemembered(NARROW_KEY, (kept) => kept === true, false));
  const width = useWindowWidth();
  const toggle = () => {
    setNarrow(!isNarrow);
    remember(NARROW_KEY, !isNarrow);
  };
  if (isNarrow) {
    return (
      <div className="flex min-w-0 flex-1 gap-1.5">
        <div className="flex shrink-0" style={{ width: `${WATCHLIST_REM.narrow}rem` }}>
          <Watchlist isNarrow onToggle={toggle} />
        </div>
        <ChartSlot />
      </div>
    );
  }
  const shareOf = (rem: number) => Math.min(45, ((rem * REM_PX) / (width - TICKET_REM.size * REM_PX)) * 100);
  const watchlist = { size: shareOf(WATCHLIST_REM.size), min: shareOf(WATCHLIST_REM.min) };
  return (
    <Panes
      name="markets"
      direction="horizontal"
      label="Resize the watchlist"
      first={{ id: 'watchlist', ...watchlist, content: <Watchlist isNarrow={false} onToggle={toggle} /> }}
      second={{ id: 'chart', size: 100 - watchlist.size, min: 40, content: <ChartSlot /> }}
    />
  );
}
