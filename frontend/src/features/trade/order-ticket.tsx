import { type SubmitEvent, useRef, useState } from 'react';
import { Link } from 'react-router';
import { OneClickSwitch } from '@/components/one-click-switch';
import { Button } from '@/components/ui/button';
import { ApiError, fieldErrors, isUnauthorized } from '@/lib/api/errors';
import type { Asset, Side } from '@/lib/api/types';
import { formatPrice, openingPriceOf } from '@/lib/money';
import { refusalOf } from '@/lib/orders/send-command';
import { useAccount } from '@/lib/stores/account';
import { useIntent } from '@/lib/stores/intents';
import { usePreference } from '@/lib/stores/preferences';
import { type Quote, useQuote } from '@/lib/stores/prices';
import { ContractDetails } from './contract-details';
import { MarginFields } from './margin-fields';
import { OrderEstimateList } from './order-estimate';
import { type OrderDraft, type OrderErrors, type OrderTerms, baseOf, checkOrder, estimateOrder } from './order-form';
import { SidePicker } from './side-picker';
import { TriggerFields } from './trigger-fields';
import { useOpenOrder } from './use-open-order';
import { usePreview } from './use-preview';

const NO_TRIGGERS = { unit: 'price', takeProfit: '', stopLoss: '', trailingStop: '' } as const;

interface OrderTicketProps {
  asset: Asset;
  /** Kept by who shows the ticket: they go with the trader to the next asset. */
  terms: OrderTerms;
  onTerms: (terms: OrderTerms) => void;
}

export function OrderTicket({ asset, terms, onTerms }: OrderTicketProps) {
  const quote = useQuote(asset.symbol);
  const balance = useAccount((state) => state.balanceCents);
  const isOneClick = usePreference('oneClick');
  const [triggers, setTriggers] = useState<Omit<OrderDraft, keyof OrderTerms>>(NO_TRIGGERS);
  const draft: OrderDraft = { ...triggers, ...terms };
  // Errors are shown once asked for: a form that scolds before anything is typed is no help.
  const [showErrors, setShowErrors] = useState(false);
  const opening = useOpenOrder();
  const form = useRef<HTMLFormElement>(null);

  const conditionsOf = (side: Side) => ({
    asset,
    balanceCents: balance ?? 0,
    entryRaw: quote ? openingPriceOf(side, quote) : 0,
  });
  const conditions = conditionsOf(draft.side);
  const checked = checkOrder(draft, conditions);
  const blocked = whyBlocked(asset.symbol, quote, balance);
  // Triggers that follow the price would ask anew with every tick; their outcome stands beside them.
  const previewed = draft.unit === 'price' ? checked : checkOrder({ ...draft, ...NO_TRIGGERS }, conditions);
  const preview = usePreview(blocked === null && !opening.isPending ? previewed.request : null);
  const errors: OrderErrors = { ...fieldErrors(opening.error), ...(showErrors && checked.errors) };

  const change = (part: Partial<OrderDraft>) => {
    if (Object.keys(part).length === 0) return;
    const { side, margin, leverage, ...rest } = { ...draft, ...part };
    onTerms({ side, margin, leverage });
    setTriggers(rest);
    opening.reset();
  };
  const place = (side: Side) => {
    if (blocked !== null || opening.isPending) return;
    const { request, errors: found } = checkOrder({ ...draft, side }, conditionsOf(side));
    setShowErrors(found !== null);
    if (request) opening.submit(request, { ...draft, side });
    else focusFirstInvalid(form.current, found);
  };
  const choose = (side: Side) => {
    change({ side });
    if (isOneClick) place(side);
  };
  useIntent('side', ({ side }) => {
    change({ side });
    form.current?.querySelector<HTMLElement>('[name="margin"]')?.focus();
  });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    place(draft.side);
  };

  return (
    <form
      ref={form}
      noValidate
      onSubmit={submit}
      className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto p-4"
      data-testid="order-panel"
    >
      <SidePicker side={draft.side} quote={quote} isOneClick={isOneClick} isDisabled={blocked !== null || opening.isPending} onChoose={choose} />
      <MarginFields
        terms={draft}
        conditions={conditions}
        balance={balance}
        leverages={asset.leverages}
        error={errors.margin}
        onChange={change}
      />
      <TriggerFields draft={draft} base={baseOf(draft, conditions)} errors={errors} onChange={change} />
      <div className="flex flex-col gap-3">
        <OrderEstimateList
          estimate={quote && estimateOrder(draft, conditions)}
          preview={preview.data}
          feeBps={asset.feeBps}
          symbol={asset.symbol}
          entryRaw={conditions.entryRaw}
        />
        <Refusal error={opening.error ?? preview.error} isPreview={opening.error === null} />
        {!isOneClick && (
          <Button
            type="submit"
            size="lg"
            variant={draft.side === 'buy' ? 'long' : 'short'}
            disabled={blocked !== null || opening.isPending}
            aria-describedby={blocked === null ? undefined : 'order-blocked'}
            data-testid="order-submit"
            className="shadow-lg max-lg:sticky max-lg:bottom-0"
          >
            {submitWords(draft.side, asset.symbol, quote, opening.isPending)}
          </Button>
        )}
        {blocked !== null && (
          <p id="order-blocked" role="status" data-testid="order-blocked" className="text-center text-xs text-warn">
            {blocked}
          </p>
        )}
        <OneClickSwitch />
      </div>
      <ContractDetails asset={asset} quote={quote} />
    </form>
  );
}

/** Why the order wasn't placed, or wouldn't be; what is about one field stands there instead. */
function Refusal({ error, isPreview }: { error: Error | null; isPreview: boolean }) {
  if (!error || isUnauthorized(error) || (!isPreview && Object.keys(fieldErrors(error)).length > 0)) return null;
  // What the preview can't say it just doesn't say.
  if (isPreview && !(error instanceof ApiError && error.status < 500)) return null;
  return (
    <p
      role={isPreview ? 'status' : 'alert'}
      data-testid={isPreview ? 'preview-refusal' : 'order-error'}
      className={isPreview ? 'rounded-md bg-warn-soft px-3 py-2 text-xs text-warn' : 'rounded-md bg-short-soft px-3 py-2 text-xs text-short'}
    >
      {refusalOf(error)}
      {error instanceof ApiError && error.code === 'email_not_verified' && (
        <Link to="/verify-email" className="ml-1 underline">
          Verify it now
        </Link>
      )}
    </p>
  );
}

function whyBlocked(symbol: string, quote: Quote | null, balance: number | null): string | null {
  if (!quote) return `Waiting for the first ${symbol} price.`;
  if (quote.stale) return `The ${symbol} price is out of date. Orders open again with the next one.`;
  if (balance === null) return 'Waiting for your balance.';
  return null;
}

function submitWords(side: Side, symbol: string, quote: Quote | null, isPending: boolean): string {
  if (isPending) return 'Placing order…';
  const words = `${side === 'buy' ? 'Buy' : 'Sell'} ${symbol}`;
  return quote ? `${words} at ${formatPrice(openingPriceOf(side, quote))}` : words;
}

function focusFirstInvalid(form: HTMLFormElement | null, errors: OrderErrors): void {
  const name = (['margin', 'takeProfit', 'stopLoss', 'trailingStopLoss'] as const).find((field) => errors[field] !== undefined);
  const input = name && form?.elements.namedItem(name);
  if (input instanceof HTMLElement) input.focus();
}
