import { PanelLeftClose, PanelLeftOpen } from 'lucide-react';
import { type KeyboardEvent, useRef } from 'react';
import { Button } from '@/components/ui/button';
import { Panel } from '@/components/ui/panel';
import { cn } from '@/lib/cn';
import { useAssets } from '@/lib/queries';
import { SYMBOLS, selectionStore } from '@/lib/stores/selection';
import { WatchRow } from './watch-row';

interface WatchlistProps {
  /** A strip of icons, to leave the room to the chart. */
  isNarrow: boolean;
  onToggle: () => void;
}

/** Every asset with its live prices; chooses what the chart and the ticket show. One stop for the tab key, arrows move. */
export function Watchlist({ isNarrow, onToggle }: WatchlistProps) {
  const assets = useAssets().data;
  const list = useRef<HTMLUListElement>(null);
  const ToggleIcon = isNarrow ? PanelLeftOpen : PanelLeftClose;

  const move = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const symbols: readonly string[] = SYMBOLS;
    const index = symbols.indexOf(selectionStore.getState().symbol) + step;
    const next = symbols[(index + symbols.length) % symbols.length] ?? SYMBOLS[0];
    selectionStore.getState().select(next);
    list.current?.querySelector<HTMLElement>(`[data-testid="asset-tab-${next}"]`)?.focus();
  };

  return (
    <Panel aria-label="Watchlist" className="flex-1" data-testid="watchlist">
      <header
        className={cn('flex h-10 shrink-0 items-center border-b border-line', isNarrow ? 'justify-center' : 'justify-between pr-1 pl-3')}
      >
        {!isNarrow && <h2 className="text-sm font-medium text-ink">Markets</h2>}
        <Button
          variant="ghost"
          size="icon"
          aria-label={isNarrow ? 'Widen the watchlist' : 'Narrow the watchlist'}
          aria-expanded={!isNarrow}
          data-testid="watchlist-toggle"
          onClick={onToggle}
        >
          <ToggleIcon aria-hidden className="size-4" />
        </Button>
      </header>
      {!isNarrow && (
        <div aria-hidden className="flex justify-end gap-2 px-3 pt-2 pb-1 text-2xs text-ink-faint">
          <span className="mr-auto whitespace-nowrap">24 h</span>
          <span className="w-20 text-right">Bid</span>
          <span className="w-20 text-right">Ask</span>
        </div>
      )}
      <ul ref={list} className="min-h-0 flex-1 overflow-y-auto" onKeyDown={move}>
        {SYMBOLS.map((symbol) => (
          <WatchRow
            key={symbol}
            symbol={symbol}
            asset={assets?.find((candidate) => candidate.symbol === symbol)}
            isNarrow={isNarrow}
          />
        ))}
      </ul>
    </Panel>
  );
}
