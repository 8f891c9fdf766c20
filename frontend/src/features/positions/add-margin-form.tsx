import { type SubmitEvent, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Figure, FigureList } from '@/components/ui/figure-list';
import { Input } from '@/components/ui/input';
import { fieldErrors } from '@/lib/api/errors';
import type { Asset, Order } from '@/lib/api/types';
import { formatPrice, formatUsd, parseUsd } from '@/lib/money';
import { refusalOf } from '@/lib/orders/send-command';
import { useAddMargin } from '@/lib/orders/use-add-margin';
import { useAccount } from '@/lib/stores/account';
import { estimateAddedMargin } from './position-figures';

interface AddMarginFormProps {
  order: Order;
  asset: Asset;
  onDone: () => void;
}

/** More margin for the same size: the liquidation price moves away. */
export function AddMarginForm({ order, asset, onDone }: AddMarginFormProps) {
  const balance = useAccount((state) => state.balanceCents);
  const adding = useAddMargin();
  const [amount, setAmount] = useState('');
  const [showError, setShowError] = useState(false);
  const cents = parseUsd(amount);
  const problem = checkAmount(cents, asset.feeBps, balance, order, asset.stopOutPercent);
  const refused = fieldErrors(adding.error).additionalMargin ?? fieldErrors(adding.error).margin;
  const estimate = cents !== null && cents > 0 ? estimateAddedMargin(order, cents, asset.feeBps, asset.stopOutPercent) : null;

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setShowError(true);
    if (cents !== null && problem === null && !adding.isPending) adding.mutate({ order, cents }, { onSuccess: onDone });
  };

  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-4">
      <Field
        label="Margin to add (USD)"
        aside={balance !== null && <span className="text-ink-faint">{formatUsd(balance)} available</span>}
        error={(showError ? (problem ?? undefined) : undefined) ?? refused}
      >
        {(control) => (
          <Input
            {...control}
            autoFocus
            inputMode="decimal"
            autoComplete="off"
            placeholder="0.00"
            data-testid="add-margin-input"
            value={amount}
            onChange={(event) => setAmount(event.target.value)}
          />
        )}
      </Field>
      <FigureList className="rounded-md bg-canvas p-3">
        <Figure label="Fee">{estimate ? formatUsd(estimate.fee) : '–'}</Figure>
        <Figure label="Margin then">{estimate && cents !== null ? formatUsd(order.margin + cents) : '–'}</Figure>
        <Figure label="Effective leverage then">{estimate ? `${(estimate.leverageHundredths / 100).toFixed(2)}x` : '–'}</Figure>
        <Figure label="Liquidation now">{order.liquidationPrice > 0 ? formatPrice(order.liquidationPrice) : 'none'}</Figure>
        <Figure label="Liquidation then" testId="add-margin-liquidation">
          {estimate ? (estimate.liquidationRaw > 0 ? formatPrice(estimate.liquidationRaw) : 'none') : '–'}
        </Figure>
      </FigureList>
      {adding.error !== null && refused === undefined && (
        <p role="alert" className="rounded-md bg-short-soft px-3 py-2 text-xs text-short">
          {refusalOf(adding.error)}
        </p>
      )}
      <Button type="submit" variant="primary" size="lg" disabled={adding.isPending} data-testid="add-margin-submit">
        {adding.isPending ? 'Adding…' : 'Add margin'}
      </Button>
    </form>
  );
}

function checkAmount(
  cents: number | null,
  feeBps: number,
  balance: number | null,
  order: Order,
  stopOutPercent: number,
): string | null {
  if (cents === null || cents === 0) return 'Enter an amount in USD with at most two decimals.';
  const { cost } = estimateAddedMargin(order, cents, feeBps, stopOutPercent);
  if (balance !== null && cost > balance) {
    return `Margin and fee come to ${formatUsd(cost)}, and the balance is ${formatUsd(balance)}.`;
  }
  return null;
}
