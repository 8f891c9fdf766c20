import { Skeleton } from '@/components/ui/skeleton';
import type { Asset } from '@/lib/api/types';
import { cn } from '@/lib/cn';
import { useAssets } from '@/lib/queries';
import { useQuote } from '@/lib/stores/prices';
import { SYMBOLS, selectionStore, useSelectedSymbol } from '@/lib/stores/selection';
import { FlashPrice } from './flash-price';

/** Chooses what the chart and the order panel show. */
export function AssetTabs({ className }: { className?: string }) {
  const assets = useAssets().data;
  const selected = useSelectedSymbol();
  return (
    <nav aria-label="Assets" className={cn('flex gap-1', className)}>
      {SYMBOLS.map((symbol) => {
        const asset = assets?.find((candidate) => candidate.symbol === symbol);
        return <AssetTab key={symbol} symbol={symbol} asset={asset} active={symbol === selected} />;
      })}
    </nav>
  );
}

interface AssetTabProps {
  symbol: string;
  /** Undefined until the list of assets has come. */
  asset: Asset | undefined;
  active: boolean;
}

function AssetTab({ symbol, asset, active }: AssetTabProps) {
  const quote = useQuote(symbol);
  return (
    <button
      type="button"
      aria-pressed={active}
      title={asset?.name}
      data-testid={`asset-tab-${symbol}`}
      onClick={() => selectionStore.getState().select(symbol)}
      className={cn(
        'flex h-10 items-center gap-2 rounded-md px-2.5 text-left transition-colors max-lg:flex-1',
        active ? 'bg-raised' : 'hover:bg-raised/60',
      )}
    >
      <img src={`/assets-img/${symbol.toLowerCase()}.svg`} alt="" className="size-5 max-[22rem]:hidden lg:max-xl:hidden" />
      <span className="flex min-w-18 flex-col">
        <span className={cn('text-2xs leading-3.5 font-semibold', active ? 'text-ink' : 'text-ink-muted')}>{symbol}</span>
        {quote ? (
          <FlashPrice
            testId={`asset-price-${symbol}`}
            raw={quote.bid}
            stale={quote.stale}
            className="text-xs leading-4 text-ink"
          />
        ) : asset ? (
          <span className="text-xs leading-4 text-ink-faint">No price</span>
        ) : (
          <Skeleton className="my-0.5 h-3 w-14" />
        )}
      </span>
    </button>
  );
}
