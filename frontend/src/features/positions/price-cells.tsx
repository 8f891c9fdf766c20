import { SignedUsd, toneOf } from '@/components/signed-usd';
import type { Order } from '@/lib/api/types';
import { cn } from '@/lib/cn';
import { useFramed } from '@/lib/frame';
import { closingPriceOf, formatPrice, formatSignedPercent, formatUsd } from '@/lib/money';
import { livePnlOf } from '@/lib/portfolio';
import { priceStore, useQuote } from '@/lib/stores/prices';
import { trailingStopOf } from '@/lib/trailing';
import { distanceHundredths, marginLevelPercent } from './position-figures';

/* The cells that render with the price: a table of hundreds must not, fifty times a second. */

export const NONE = '–';
const STALE = 'This price is out of date';

export function ClosingPrice({ order }: { order: Order }) {
  const quote = useQuote(order.asset);
  if (!quote) return <span className="text-ink-faint">{NONE}</span>;
  const raw = closingPriceOf(order.type, quote);
  return (
    <span
      data-testid="position-price"
      data-raw={raw}
      title={quote.stale ? STALE : undefined}
      className={cn(quote.stale && 'text-ink-faint line-through')}
    >
      {formatPrice(raw)}
    </span>
  );
}

export function LivePnl({ order }: { order: Order }) {
  const pnl = useFramed(priceStore, ({ quotes }) => livePnlOf(order, quotes[order.asset]));
  const isStale = useFramed(priceStore, ({ quotes }) => quotes[order.asset]?.stale ?? true);
  if (pnl === null) return <span className="text-ink-faint">{NONE}</span>;
  return (
    <span
      title={isStale ? `${STALE}, and so is this` : undefined}
      className={cn('font-medium whitespace-nowrap max-md:flex max-md:flex-col', isStale && 'opacity-60')}
    >
      <SignedUsd cents={pnl} data-testid="position-pnl" />{' '}
      <span data-testid="position-pnl-percent" className={cn('text-2xs md:ml-1', toneOf(pnl))}>
        {formatSignedPercent(pnl, order.margin)}
      </span>
      {isStale && <span className="sr-only"> by a price that is out of date</span>}
    </span>
  );
}

/** The margin, and as a bar how much of it is left: full at the entry, empty where the position is liquidated. */
export function MarginLevel({ order }: { order: Order }) {
  const percent = useFramed(priceStore, ({ quotes }) => {
    const pnl = livePnlOf(order, quotes[order.asset]);
    return pnl === null ? null : marginLevelPercent(order, pnl);
  });
  return (
    <span className="inline-flex flex-col items-end gap-1 max-md:items-start">
      <span>
        {formatUsd(order.margin)}
        {order.effectiveLeverage !== order.leverage && (
          <span className="ml-1 text-2xs text-ink-faint" title="Leverage after added margin">
            {order.effectiveLeverage.toFixed(2)}x
          </span>
        )}
      </span>
      {percent !== null && (
        <span
          role="meter"
          aria-label="Margin level"
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.min(100, percent)}
          aria-valuetext={`${percent} percent`}
          title={`Margin level ${percent}%`}
          data-testid="position-margin-level"
          className="h-0.5 w-14 overflow-hidden rounded-full bg-line-strong"
        >
          <span
            className={cn('block h-full rounded-full', percent < 25 ? 'bg-short' : percent < 50 ? 'bg-warn' : 'bg-long')}
            style={{ width: `${Math.min(100, percent)}%` }}
          />
        </span>
      )}
    </span>
  );
}

export function Liquidation({ order }: { order: Order }) {
  const distance = useFramed(priceStore, ({ quotes }) => {
    const quote = quotes[order.asset];
    return quote ? distanceHundredths(closingPriceOf(order.type, quote), order.liquidationPrice) : null;
  });
  // A liquidation price of 0 is a 1x long's: it can't be liquidated.
  if (order.liquidationPrice === 0) return <span className="text-ink-faint">{NONE}</span>;
  return (
    <span className="inline-flex flex-col items-end max-md:items-start">
      {formatPrice(order.liquidationPrice)}
      {distance !== null && <span className="text-2xs text-ink-faint">{(distance / 100).toFixed(2)}% away</span>}
    </span>
  );
}

/** Where the trailing stop would fire now, which the page follows itself, and its distance. */
export function TrailingStop({ order }: { order: Order }) {
  const level = useFramed(priceStore, () => trailingStopOf(order));
  if (!order.trailingStopLoss) return null;
  const { trailingDistance } = order.trailingStopLoss;
  return (
    <span
      data-testid="position-trailing"
      data-raw={trailingDistance}
      className="flex flex-col max-md:whitespace-normal"
      title={level === null ? undefined : `The trailing stop stands at ${formatPrice(level)}`}
    >
      {level !== null && (
        <span data-testid="position-trailing-level" data-raw={level}>
          {formatPrice(level)}{' '}
        </span>
      )}
      <span className="text-2xs text-ink-faint">trails by {formatPrice(trailingDistance, trailingDistance % 100 === 0 ? 2 : 4)}</span>
    </span>
  );
}
