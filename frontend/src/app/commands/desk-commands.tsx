import { Suspense, lazy, useState } from 'react';
import { useNavigate } from 'react-router';
import { LEDGER_TABS } from '@/app/ledger-tabs';
import { useSignOut } from '@/lib/session/use-sign-out';
import { type Command, useCommands } from '@/lib/stores/commands';
import { type LedgerId, askFor, useIntent } from '@/lib/stores/intents';
import { INTERVALS, SYMBOLS, selectionStore } from '@/lib/stores/selection';
import { themeStore } from '@/lib/stores/theme';
import { useShortcuts } from './use-shortcuts';

const CommandPalette = lazy(() => import('./command-palette'));
const ShortcutsDialog = lazy(() => import('./shortcuts-dialog'));

const LEDGER_KEYS: Record<LedgerId, string> = { positions: 'p', history: 'h', performance: 'f', account: 'a' };

/** Where it stands, so that its question is in sight. */
function closeNewest(): void {
  askFor({ kind: 'ledger', tab: 'positions' });
  setTimeout(() => askFor({ kind: 'close', orderId: null }));
}

const TRADING: readonly Command[] = [
  { id: 'buy', title: 'Buy', group: 'Trade', keys: 'b', keywords: ['long', 'open'], run: () => askFor({ kind: 'side', side: 'buy' }) },
  { id: 'sell', title: 'Sell', group: 'Trade', keys: 's', keywords: ['short', 'open'], run: () => askFor({ kind: 'side', side: 'sell' }) },
  { id: 'close', title: 'Close the newest position', group: 'Trade', keys: 'x', run: closeNewest },
  { id: 'close-all', title: 'Close all positions', group: 'Trade', keys: 'Shift+X', run: () => askFor({ kind: 'close-all' }) },
];

const CHOOSING: readonly Command[] = [
  ...SYMBOLS.map((symbol, index): Command => ({
    ...{ id: `asset-${symbol}`, title: `Show ${symbol}`, group: 'Market', keys: `Alt+${index + 1}` },
    run: () => selectionStore.getState().select(symbol),
  })),
  ...INTERVALS.map((interval, index): Command => ({
    ...{ id: `interval-${interval}`, title: `Candles of ${interval}`, group: 'Chart', keys: String(index + 1) },
    run: () => selectionStore.getState().selectInterval(interval),
  })),
  { id: 'theme', title: 'Switch between dark and light', group: 'View', keys: 't', run: () => themeStore.getState().toggle() },
];

/** The desk by its keys: registers what it can be told, listens for the keys, and shows palette and help. */
export function DeskCommands() {
  const [shown, setShown] = useState<'palette' | 'shortcuts' | null>(null);
  const navigate = useNavigate();
  const { signOut } = useSignOut();
  useIntent('palette', () => setShown('palette'));
  useCommands([
    ...TRADING,
    ...CHOOSING,
    ...LEDGER_TABS.map(({ id, title }): Command => ({
      ...{ id: `ledger-${id}`, title: `Show ${title.toLowerCase()}`, group: 'View', keys: LEDGER_KEYS[id] },
      run: () => askFor({ kind: 'ledger', tab: id }),
    })),
    { id: 'palette', title: 'Find a command', group: 'View', keys: '$mod+k', run: () => setShown('palette') },
    { id: 'shortcuts', title: 'All shortcuts', group: 'View', keys: 'Shift+?', run: () => setShown('shortcuts') },
    { id: 'settings', title: 'Account settings', group: 'Account', run: () => void navigate('/account') },
    { id: 'keys', title: 'API keys', group: 'Account', run: () => void navigate('/account/keys') },
    { id: 'sign-out', title: 'Sign out', group: 'Account', run: signOut },
  ]);
  useShortcuts();
  const close = () => setShown(null);
  return (
    <Suspense fallback={null}>
      {shown === 'palette' && <CommandPalette onClose={close} />}
      {shown === 'shortcuts' && <ShortcutsDialog onClose={close} />}
    </Suspense>
  );
}
