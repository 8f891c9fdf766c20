import { ArrowLeftRight, ChartCandlestick, CircleUserRound, History, Layers, type LucideIcon } from 'lucide-react';
import { cn } from '@/lib/cn';
import { useAccount } from '@/lib/stores/account';
import type { LedgerId } from '@/lib/stores/intents';

/** The panel that is shown; of the ledger, which tab. */
export type NarrowView = { panel: 'chart' } | { panel: 'trade' } | { panel: 'ledger'; tab: LedgerId };

interface Place {
  id: string;
  label: string;
  icon: LucideIcon;
  view: NarrowView;
  isShown: (view: NarrowView) => boolean;
}

const PLACES: readonly Place[] = [
  { id: 'chart', label: 'Chart', icon: ChartCandlestick, view: { panel: 'chart' }, isShown: ({ panel }) => panel === 'chart' },
  { id: 'trade', label: 'Trade', icon: ArrowLeftRight, view: { panel: 'trade' }, isShown: ({ panel }) => panel === 'trade' },
  ledgerPlace('positions', 'Positions', Layers, ['positions']),
  ledgerPlace('history', 'History', History, ['history', 'performance']),
  ledgerPlace('account', 'Account', CircleUserRound, ['account']),
];

function ledgerPlace(tab: LedgerId, label: string, icon: LucideIcon, tabs: readonly LedgerId[]): Place {
  return {
    ...{ id: tab, label, icon, view: { panel: 'ledger', tab } },
    isShown: (view) => view.panel === 'ledger' && tabs.includes(view.tab),
  };
}

interface MobileNavProps {
  view: NarrowView;
  onShow: (view: NarrowView) => void;
}

export function MobileNav({ view, onShow }: MobileNavProps) {
  const openCount = useAccount((state) => Object.keys(state.orders).length);
  return (
    <nav
      aria-label="Panels"
      className="grid shrink-0 auto-cols-fr grid-flow-col border-t border-line bg-surface pb-[env(safe-area-inset-bottom)]"
    >
      {PLACES.map(({ id, label, icon: Icon, view: target, isShown }) => (
        <button
          key={id}
          type="button"
          aria-current={isShown(view) ? 'page' : undefined}
          data-testid={`nav-${id}`}
          onClick={() => onShow(target)}
          className={cn(
            'flex h-14 flex-col items-center justify-center gap-1 text-2xs font-medium -outline-offset-2 transition-colors',
            isShown(view) ? 'text-accent' : 'text-ink-faint',
          )}
        >
          <Icon aria-hidden className="size-5" strokeWidth={1.75} />
          <span>
            {label}
            {id === 'positions' && openCount > 0 && ` (${openCount})`}
          </span>
        </button>
      ))}
    </nav>
  );
}
