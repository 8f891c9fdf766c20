import { type SubmitEvent, useState } from 'react';
import { SignedUsd } from '@/components/signed-usd';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { fieldErrors } from '@/lib/api/errors';
import type { ModifyOrderRequest, Order } from '@/lib/api/types';
import { sideWord } from '@/lib/close-reasons';
import { closingPriceOf, formatPrice, notionalOfOrder, parsePrice, pnlOf, priceToDecimal } from '@/lib/money';
import { refusalOf } from '@/lib/orders/send-command';
import { useModifyOrder } from '@/lib/orders/use-modify-order';
import { useQuote } from '@/lib/stores/prices';
import { TRIGGER_WORDS, type TriggerKind } from './trigger-words';

interface TriggerFormProps {
  order: Order;
  kind: TriggerKind;
  onDone: () => void;
}

/** The price of one trigger, and with the stop loss the distance of the trailing stop: empty is without. */
export function TriggerForm({ order, kind, onDone }: TriggerFormProps) {
  const modify = useModifyOrder({ isQuiet: true });
  const [price, setPrice] = useState(plainDecimal(order[kind]));
  const [distance, setDistance] = useState(plainDecimal(order.trailingStopLoss?.trailingDistance ?? null));
  const [showErrors, setShowErrors] = useState(false);
  const quote = useQuote(order.asset);
  const closing = quote && closingPriceOf(order.type, quote);
  const errors = checkTriggers(price, distance, order, kind, closing);
  const refused = fieldErrors(modify.error);
  const shown = showErrors ? errors : {};
  const priceRaw = parsePrice(price);
  const hasTrailing = kind === 'stopLoss';

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setShowErrors(true);
    if (errors.price !== undefined || errors.distance !== undefined || modify.isPending) return;
    const changes = changesOf(order, kind, price, distance);
    if (changes === null) onDone();
    else modify.mutate(changes, { onSuccess: onDone });
  };

  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-3" data-testid="trigger-form">
      <Field
        label={kind === 'takeProfit' ? 'Take profit at' : 'Stop loss at'}
        error={shown.price ?? refused[kind]}
        aside={closing !== null && <span className="text-ink-faint">now {formatPrice(closing)}</span>}
        hint={priceRaw !== null && priceRaw > 0 && <WouldMake order={order} priceRaw={priceRaw} />}
      >
        {(control) => (
          <Input
            {...control}
            autoFocus
            inputMode="decimal"
            autoComplete="off"
            placeholder="None"
            data-testid="trigger-price"
            value={price}
            onChange={(event) => setPrice(event.target.value)}
          />
        )}
      </Field>
      {hasTrailing && (
        <Field
          label="Trailing distance (USD)"
          error={shown.distance ?? refused.trailingStopLoss}
          hint="Follows the best price since it is set, and never goes back."
        >
          {(control) => (
            <Input
              {...control}
              inputMode="decimal"
              autoComplete="off"
              placeholder="None"
              data-testid="trigger-distance"
              value={distance}
              onChange={(event) => setDistance(event.target.value)}
            />
          )}
        </Field>
      )}
      {modify.error !== null && Object.keys(refused).length === 0 && (
        <p role="alert" className="text-xs text-short">
          {refusalOf(modify.error)}
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button size="sm" variant="ghost" onClick={onDone}>
          Cancel
        </Button>
        <Button size="sm" variant="primary" type="submit" data-testid="trigger-submit" disabled={modify.isPending}>
          {modify.isPending ? 'Saving…' : 'Save'}
        </Button>
      </div>
    </form>
  );
}

function WouldMake({ order, priceRaw }: { order: Order; priceRaw: number }) {
  const pnl = Math.max(-order.margin, pnlOf(order.type, notionalOfOrder(order), order.openPrice, priceRaw));
  return (
    <>
      There the position has made <SignedUsd cents={pnl} data-testid="trigger-pnl" />.
    </>
  );
}

function plainDecimal(raw: number | null): string {
  return raw === null ? '' : priceToDecimal(raw).replace(/0{1,2}$/, '');
}

interface TriggerErrors {
  price?: string;
  distance?: string;
}

function checkTriggers(price: string, distance: string, order: Order, kind: TriggerKind, closing: number | null): TriggerErrors {
  return {
    ...(price.trim() !== '' && wrongPrice(price, order, kind, closing)),
    ...(distance.trim() !== '' && !(parsePrice(distance) ?? 0) && { distance: 'Enter a distance in USD with at most four decimals.' }),
  };
}

/** A long's take profit lies above the price that would close it now, its stop loss below; a short's the other way. */
function wrongPrice(text: string, order: Order, kind: TriggerKind, closing: number | null): TriggerErrors | null {
  const raw = parsePrice(text);
  if (raw === null || raw === 0) return { price: 'Enter a price in USD with at most four decimals.' };
  if (closing === null || raw === order[kind]) return null;
  const belongsAbove = (order.type === 'buy') === (kind === 'takeProfit');
  if (belongsAbove ? raw > closing : raw < closing) return null;
  const side = `${belongsAbove ? 'above' : 'below'} the price, now ${formatPrice(closing)}`;
  return { price: `A ${sideWord(order.type)}’s ${TRIGGER_WORDS[kind]} must be ${side}.` };
}

/** What is asked of the server: null when nothing is other than it was. */
function changesOf(order: Order, kind: TriggerKind, price: string, distance: string): ModifyOrderRequest | null {
  const priceRaw = parsePrice(price);
  const distanceRaw = parsePrice(distance);
  const isPriceNew = priceRaw !== order[kind];
  const isDistanceNew = kind === 'stopLoss' && distanceRaw !== (order.trailingStopLoss?.trailingDistance ?? null);
  if (!isPriceNew && !isDistanceNew) return null;
  return {
    orderId: order.orderId,
    ...(isPriceNew && { [kind]: priceRaw === null ? null : priceToDecimal(priceRaw) }),
    ...(isDistanceNew && {
      trailingStopLoss: distanceRaw === null ? null : { enabled: true, trailingDistance: priceToDecimal(distanceRaw) },
    }),
  };
}
