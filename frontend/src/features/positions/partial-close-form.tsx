import { type SubmitEvent, useState } from 'react';
import { SignedUsd } from '@/components/signed-usd';
import { Button } from '@/components/ui/button';
import { Figure, FigureList } from '@/components/ui/figure-list';
import { Slider } from '@/components/ui/slider';
import type { Asset, Order } from '@/lib/api/types';
import { closingPriceOf, formatPrice, formatUsd } from '@/lib/money';
import { refusalOf } from '@/lib/orders/send-command';
import { usePartialClose } from '@/lib/orders/use-partial-close';
import { useQuote } from '@/lib/stores/prices';
import { estimateClosing, liquidationAfterClosing } from './position-figures';

const QUICK = [10, 25, 50, 75];
const FIRST = 50;

interface PartialCloseFormProps {
  order: Order;
  asset: Asset;
  onDone: () => void;
}

/** How much to take off the table, and what that brings at the price of this moment. */
export function PartialCloseForm({ order, asset, onDone }: PartialCloseFormProps) {
  const [percentage, setPercentage] = useState(FIRST);
  const closing = usePartialClose();
  const quote = useQuote(order.asset);
  const estimate = quote && estimateClosing(order, closingPriceOf(order.type, quote), asset.feeBps, percentage);

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (!closing.isPending) closing.mutate({ order, percentage }, { onSuccess: onDone });
  };

  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <div className="flex flex-col gap-2">
        <div className="flex items-baseline justify-between">
          <span className="text-xs font-medium text-ink-muted">Part to close</span>
          <span className="text-base font-semibold text-ink" data-testid="partial-percentage">
            {percentage}%
          </span>
        </div>
        <Slider
          label="Part to close"
          min={1}
          max={99}
          value={percentage}
          valueText={`${percentage} percent`}
          onChange={setPercentage}
          testId="partial-slider"
        />
        <div className="grid grid-cols-4 gap-1.5">
          {QUICK.map((quick) => (
            <Button
              key={quick}
              size="sm"
              variant="ghost"
              className="bg-raised px-0"
              aria-pressed={quick === percentage}
              data-testid={`partial-${quick}`}
              onClick={() => setPercentage(quick)}
            >
              {quick}%
            </Button>
          ))}
        </div>
      </div>
      <FigureList className="rounded-md bg-canvas p-3">
        <Figure label="Margin closed">{estimate ? formatUsd(estimate.margin) : '–'}</Figure>
        <Figure label="Profit or loss, about">{estimate ? <SignedUsd cents={estimate.pnl} data-testid="partial-pnl" /> : '–'}</Figure>
        <Figure label="Fee">{estimate ? formatUsd(estimate.fee) : '–'}</Figure>
        <Figure label="Back to the balance, about">{estimate ? formatUsd(estimate.credit) : '–'}</Figure>
        <Figure label="Margin left">{estimate ? formatUsd(order.margin - estimate.margin) : '–'}</Figure>
        <Figure label="Liquidation of the rest">
          {priceOf(liquidationAfterClosing(order, percentage, asset.stopOutPercent))}
        </Figure>
      </FigureList>
      {closing.error !== null && (
        <p role="alert" className="rounded-md bg-short-soft px-3 py-2 text-xs text-short">
          {refusalOf(closing.error)}
        </p>
      )}
      <Button type="submit" variant="primary" size="lg" disabled={closing.isPending} data-testid="partial-submit">
        {closing.isPending ? 'Closing…' : `Close ${percentage}%`}
      </Button>
    </form>
  );
}

function priceOf(raw: number): string {
  return raw > 0 ? formatPrice(raw) : 'none';
}
