import { memo } from 'react';
import { PositionLabel } from '@/components/position-label';
import { SignedUsd, toneOf } from '@/components/signed-usd';
import { Button } from '@/components/ui/button';
import { DataCell, DataRow } from '@/components/ui/data-table';
import type { Order } from '@/lib/api/types';
import { cn } from '@/lib/cn';
import { useFramed } from '@/lib/frame';
import { closingPriceOf, formatPrice, formatSignedPercent, formatUsd } from '@/lib/money';
import { livePnlOf } from '@/lib/portfolio';
import { priceStore, useQuote } from '@/lib/stores/prices';
import { useCloseOrder } from './use-close-order';

const NONE = '–';

/** Only the two cells that show a price render with it: a table of hundreds must not, fifty times a second. */
export const PositionRow = memo(function PositionRow({ order }: { order: Order }) {
  const { close, isPending } = useCloseOrder();
  return (
    <DataRow data-testid="position-row" data-order-id={order.orderId} aria-busy={isPending}>
      <DataCell className="max-md:col-span-2 max-md:self-center">
        <PositionLabel asset={order.asset} side={order.type} leverage={order.leverage} />
      </DataCell>
      <DataCell align="right" className="max-md:order-first max-md:col-start-3 max-md:row-start-1 max-md:text-right">
        <LivePnl order={order} />
      </DataCell>
      <DataCell label="Margin" align="right" className="text-ink-muted">
        {formatUsd(order.margin)}
      </DataCell>
      <DataCell label="Entry" align="right" data-testid="position-entry" data-raw={order.openPrice}>
        {formatPrice(order.openPrice)}
      </DataCell>
      <DataCell label="Price" align="right">
        <ClosingPrice order={order} />
      </DataCell>
      <DataCell label="Liquidation" align="right" data-testid="position-liquidation" data-raw={order.liquidationPrice}>
        {priceOrNone(order.liquidationPrice)}
      </DataCell>
      <DataCell label="Take profit" align="right">
        {priceOrNone(order.takeProfit)}
      </DataCell>
      <DataCell label="Stop loss" align="right">
        {priceOrNone(order.stopLoss)}
        {order.trailingStopLoss && <TrailingDistance raw={order.trailingStopLoss.trailingDistance} />}
      </DataCell>
      <DataCell align="right" className="max-md:col-span-3">
        <Button
          size="sm"
          className="max-md:h-9 max-md:w-full"
          aria-label={`Close ${order.asset} position`}
          data-testid="position-close"
          disabled={isPending}
          onClick={() => close(order)}
        >
          {isPending ? 'Closing…' : 'Close'}
        </Button>
      </DataCell>
    </DataRow>
  );
});

/** Not where it stands: the server tells that only when something else happens to the order. */
function TrailingDistance({ raw }: { raw: number }) {
  return (
    <span data-testid="position-trailing" data-raw={raw} className="block text-2xs whitespace-normal text-ink-muted">
      trailing {formatPrice(raw, raw % 100 === 0 ? 2 : 4)}
    </span>
  );
}

function ClosingPrice({ order }: { order: Order }) {
  const quote = useQuote(order.asset);
  if (!quote) return <span className="text-ink-faint">{NONE}</span>;
  const raw = closingPriceOf(order.type, quote);
  return (
    <span
      data-testid="position-price"
      data-raw={raw}
      title={quote.stale ? 'This price is out of date' : undefined}
      className={cn(quote.stale && 'text-ink-faint line-through')}
    >
      {formatPrice(raw)}
    </span>
  );
}

function LivePnl({ order }: { order: Order }) {
  const pnl = useFramed(priceStore, ({ quotes }) => livePnlOf(order, quotes[order.asset]));
  if (pnl === null) return <span className="text-ink-faint">{NONE}</span>;
  return (
    <span className="font-medium whitespace-nowrap max-md:flex max-md:flex-col">
      <SignedUsd cents={pnl} data-testid="position-pnl" />{' '}
      <span data-testid="position-pnl-percent" className={cn('text-2xs md:ml-1', toneOf(pnl))}>
        {formatSignedPercent(pnl, order.margin)}
      </span>
    </span>
  );
}

function priceOrNone(raw: number | null) {
  // A liquidation price of 0 is a 1x long's: it can't be liquidated.
  return raw === null || raw === 0 ? <span className="text-ink-faint">{NONE}</span> : formatPrice(raw);
}
