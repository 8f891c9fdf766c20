import { ArrowLeftRight, ChartCandlestick, History, Layers, type LucideIcon } from 'lucide-react';
import { cn } from '@/lib/cn';
import { useAccount } from '@/lib/stores/account';

export type MobileView = 'chart' | 'trade' | 'positions' | 'history';

const VIEWS: readonly { view: MobileView; label: string; icon: LucideIcon }[] = [
  { view: 'chart', label: 'Chart', icon: ChartCandlestick },
  { view: 'trade', label: 'Trade', icon: ArrowLeftRight },
  { view: 'positions', label: 'Positions', icon: Layers },
  { view: 'history', label: 'History', icon: History },
];

interface MobileNavProps {
  view: MobileView;
  onShow: (view: MobileView) => void;
}

export function MobileNav({ view, onShow }: MobileNavProps) {
  const openCount = useAccount((state) => Object.keys(state.orders).length);
  return (
    <nav
      aria-label="Panels"
      className="grid grid-cols-4 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] lg:hidden"
    >
      {VIEWS.map(({ view: target, label, icon: Icon }) => (
        <button
          key={target}
          type="button"
          aria-current={target === view ? 'page' : undefined}
          data-testid={`nav-${target}`}
          onClick={() => onShow(target)}
          className={cn(
            'flex h-14 flex-col items-center justify-center gap-1 text-2xs font-medium transition-colors',
            target === view ? 'text-accent' : 'text-ink-faint',
          )}
        >
          <Icon aria-hidden className="size-5" strokeWidth={1.75} />
          <span>
            {label}
            {target === 'positions' && openCount > 0 && ` (${openCount})`}
          </span>
        </button>
      ))}
    </nav>
  );
}
