import { useState } from 'react';
import { useIsWide } from '@/lib/media';
import { type LedgerId, useIntent } from '@/lib/stores/intents';
import { DeskCommands } from './commands/desk-commands';
import { Header } from './header';
import { NarrowDesk } from './narrow-desk';
import { useLiveDesk } from './use-live-desk';
import { usePageTitle } from './use-page-title';
import { VerifyBanner } from './verify-banner';
import { WideDesk } from './wide-desk';

/** The desk: all of it where there is room, one panel at a time where there isn't. Nothing scrolls but the panels. */
export function TradingPage() {
  useLiveDesk();
  usePageTitle();
  const isWide = useIsWide();
  const [ledger, setLedger] = useState<LedgerId>('positions');
  useIntent('ledger', ({ tab }) => setLedger(tab));
  const Desk = isWide ? WideDesk : NarrowDesk;
  return (
    <div className="flex h-dvh flex-col overflow-hidden">
      <Header isWide={isWide} />
      <VerifyBanner />
      <main className="flex min-h-0 flex-1 flex-col lg:p-1.5">
        <h1 className="sr-only">Trading desk</h1>
        <Desk ledger={ledger} onShowLedger={setLedger} />
      </main>
      <DeskCommands />
    </div>
  );
}
