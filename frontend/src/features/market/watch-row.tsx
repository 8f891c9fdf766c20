import { memo } from 'react';
import { Skeleton } from '@/components/ui/skeleton';
import type { Asset } from '@/lib/api/types';
import { cn } from '@/lib/cn';
import { formatPrice, mulDiv, priceDecimals } from '@/lib/money';
import { type Quote, useQuote } from '@/lib/stores/prices';
import { selectionStore, useSelectedSymbol } from '@/lib/stores/selection';
import { DayChange } from './day-change';
import { FlashPrice } from './flash-price';

interface WatchRowProps {
  symbol: string;
  /** Undefined until the list of assets has come. */
  asset: Asset | undefined;
  isNarrow: boolean;
}

export const WatchRow = memo(function WatchRow({ symbol, asset, isNarrow }: WatchRowProps) {
  const isSelected = useSelectedSymbol() === symbol;
  const quote = useQuote(symbol);
  return (
    <li className="border-b border-line last:border-b-0">
      <button
        type="button"
        aria-pressed={isSelected}
        tabIndex={isSelected ? 0 : -1}
        title={isNarrow ? asset?.name : undefined}
        data-testid={`asset-tab-${symbol}`}
        onClick={() => selectionStore.getState().select(symbol)}
        className={cn(
          'relative flex w-full gap-2 py-2.5 text-left -outline-offset-2 transition-colors',
          'before:absolute before:inset-y-1.5 before:left-0 before:w-0.5 before:rounded-full aria-pressed:before:bg-accent',
          isSelected ? 'bg-raised' : 'hover:bg-raised/60',
          isNarrow ? 'flex-col items-center px-1' : 'items-start px-3',
        )}
      >
        <img src={`/assets-img/${symbol.toLowerCase()}.svg`} alt="" className="mt-0.5 size-5" />
        {isNarrow ? (
          <>
            <span className="text-2xs font-semibold text-ink">{symbol}</span>
            <DayChange symbol={symbol} isCompact />
          </>
        ) : (
          <WideRow symbol={symbol} quote={quote} isLoaded={asset !== undefined} />
        )}
      </button>
    </li>
  );
});

function WideRow({ symbol, quote, isLoaded }: { symbol: string; quote: Quote | null; isLoaded: boolean }) {
  return (
    <span className="grid min-w-0 flex-1 grid-cols-[minmax(0,1fr)_auto_auto] gap-x-2 gap-y-0.5">
      <span className="text-sm leading-5 font-semibold text-ink">{symbol}</span>
      <WatchPrice testId={`asset-price-${symbol}`} words="bid" raw={quote?.bid} isStale={quote?.stale} isLoaded={isLoaded} />
      <WatchPrice testId={`asset-ask-${symbol}`} words="ask" raw={quote?.ask} isStale={quote?.stale} isLoaded={isLoaded} />
      <DayChange symbol={symbol} />
      <span className="col-span-2 text-right text-2xs leading-4 text-ink-faint">{quote ? <Spread symbol={symbol} quote={quote} /> : ' '}</span>
    </span>
  );
}

interface WatchPriceProps {
  testId: string;
  words: string;
  raw: number | undefined;
  isStale: boolean | undefined;
  isLoaded: boolean;
}

function WatchPrice({ testId, words, raw, isStale = true, isLoaded }: WatchPriceProps) {
  return (
    <span className="w-20 text-right text-xs leading-5 text-ink">
      <span className="sr-only">{words} </span>
      {raw !== undefined ? (
        <FlashPrice testId={testId} raw={raw} stale={isStale} className="" />
      ) : isLoaded ? (
        <span className="text-ink-faint">No price</span>
      ) : (
        <Skeleton className="my-1 ml-auto h-3 w-14" />
      )}
    </span>
  );
}

/** What the desk keeps between its two prices, in USD and in hundredths of a percent of the middle. */
function Spread({ symbol, quote }: { symbol: string; quote: Quote }) {
  const raw = quote.ask - quote.bid;
  const tenths = mulDiv(raw, 200_000, quote.ask + quote.bid);
  if (quote.stale) return <span className="text-warn">out of date</span>;
  return (
    <span data-testid={`asset-spread-${symbol}`} data-raw={raw} title={`The spread: ${(tenths / 10).toFixed(1)} basis points`}>
      spread {formatPrice(raw, priceDecimals(quote.bid))}
    </span>
  );
}
