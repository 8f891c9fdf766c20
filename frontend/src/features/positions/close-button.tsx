import { useState } from 'react';
import { SignedUsd } from '@/components/signed-usd';
import { Button } from '@/components/ui/button';
import { Figure, FigureList } from '@/components/ui/figure-list';
import { Popover, PopoverContent, PopoverTrigger } from '@/components/ui/popover';
import type { Order } from '@/lib/api/types';
import { sideWord } from '@/lib/close-reasons';
import { closingPriceOf, formatPrice, formatUsd } from '@/lib/money';
import { useCloseOrder } from '@/lib/orders/use-close-order';
import { useAsset } from '@/lib/queries';
import { useIntent } from '@/lib/stores/intents';
import { usePreference } from '@/lib/stores/preferences';
import { useQuote } from '@/lib/stores/prices';
import { estimateClosing } from './position-figures';

interface CloseButtonProps {
  order: Order;
  isNewest: boolean;
  isPending: boolean;
}

/** Closes the position: at once where the trader wants one click, else after a look at what comes back. */
export function CloseButton({ order, isNewest, isPending }: CloseButtonProps) {
  const { close } = useCloseOrder();
  const isOneClick = usePreference('oneClick');
  const [isAsking, setAsking] = useState(false);
  const press = () => (isOneClick ? close(order) : setAsking(true));
  useIntent('close', ({ orderId }) => {
    if (orderId === order.orderId || (orderId === null && isNewest)) press();
  });
  const name = `${order.asset} ${sideWord(order.type)} position`;
  return (
    <Popover open={isAsking} onOpenChange={(open) => (open ? press() : setAsking(false))}>
      <PopoverTrigger asChild>
        <Button
          size="sm"
          className="max-md:h-9 max-md:flex-1"
          aria-label={`Close ${name}`}
          data-testid="position-close"
          disabled={isPending}
        >
          {isPending ? 'Closing…' : 'Close'}
        </Button>
      </PopoverTrigger>
      <PopoverContent aria-label={`Close ${name}?`} className="w-72">
        <Question order={order} />
        <div className="mt-3 flex justify-end gap-2">
          <Button size="sm" variant="ghost" onClick={() => setAsking(false)}>
            Keep it
          </Button>
          <Button
            size="sm"
            variant="primary"
            autoFocus
            data-testid="position-close-confirm"
            onClick={() => {
              setAsking(false);
              close(order);
            }}
          >
            Close position
          </Button>
        </div>
      </PopoverContent>
    </Popover>
  );
}

function Question({ order }: { order: Order }) {
  const quote = useQuote(order.asset);
  const asset = useAsset(order.asset);
  if (!quote || !asset) return <p className="text-xs text-ink-muted">There is no price now: the server decides.</p>;
  const { pnl, fee, credit } = estimateClosing(order, closingPriceOf(order.type, quote), asset.feeBps);
  return (
    <>
      <FigureList>
        <Figure label="Price, about">{formatPrice(closingPriceOf(order.type, quote))}</Figure>
        <Figure label="Profit or loss">
          <SignedUsd cents={pnl} className="font-medium" />
        </Figure>
        <Figure label="Fee">{formatUsd(fee)}</Figure>
        <Figure label="Back to the balance">{formatUsd(credit)}</Figure>
      </FigureList>
      {quote.stale && <p className="mt-2 text-xs text-warn">This price is out of date.</p>}
    </>
  );
}
