import { type SubmitEvent, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Segmented } from '@/components/ui/segmented';
import { fieldErrors, isUnauthorized } from '@/lib/api/errors';
import type { Asset, Side } from '@/lib/api/types';
import { formatPrice, formatUsd, openingPriceOf } from '@/lib/money';
import { useAccount } from '@/lib/stores/account';
import { type Quote, useQuote } from '@/lib/stores/prices';
import { ContractDetails } from './contract-details';
import { OrderEstimateList } from './order-estimate';
import { type OrderDraft, type OrderErrors, checkOrder, estimateOrder, marginForShare } from './order-form';
import { SidePicker } from './side-picker';
import { refusalOf, useOpenOrder } from './use-open-order';

const SHARES = [10, 25, 50, 100];
const FIRST_LEVERAGE = 10;

export function OrderTicket({ asset }: { asset: Asset }) {
  const quote = useQuote(asset.symbol);
  const balance = useAccount((state) => state.balanceCents);
  const [draft, setDraft] = useState<OrderDraft>(() => emptyDraft(asset));
  // Errors are shown once asked for: a form that scolds before anything is typed is no help.
  const [showErrors, setShowErrors] = useState(false);
  const opening = useOpenOrder();

  const conditions = {
    asset,
    balanceCents: balance ?? 0,
    entryRaw: quote ? openingPriceOf(draft.side, quote) : 0,
  };
  const checked = checkOrder(draft, conditions);
  const errors: OrderErrors = { ...fieldErrors(opening.error), ...(showErrors && checked.errors) };
  const blocked = whyBlocked(asset.symbol, quote, balance);

  const change = (part: Partial<OrderDraft>) => {
    setDraft({ ...draft, ...part });
    opening.reset();
  };
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (blocked !== null || opening.isPending) return;
    setShowErrors(checked.errors !== null);
    if (checked.request) opening.submit(checked.request);
    else focusFirstInvalid(event.currentTarget, checked.errors);
  };

  return (
    <form noValidate onSubmit={submit} className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto p-4" data-testid="order-panel">
      <SidePicker side={draft.side} quote={quote} onChange={(side) => change({ side })} />
      <Field
        label="Margin (USD)"
        aside={<span className="text-ink-faint">{balance === null ? '' : `${formatUsd(balance)} available`}</span>}
        error={errors.margin}
      >
        {(control) => (
          <>
            <Input
              {...control}
              name="margin"
              inputMode="decimal"
              autoComplete="off"
              placeholder="0.00"
              data-testid="margin-input"
              value={draft.margin}
              onChange={(event) => change({ margin: event.target.value })}
            />
            <div className="grid grid-cols-4 gap-1.5">
              {SHARES.map((percent) => (
                <Button
                  key={percent}
                  size="sm"
                  variant="ghost"
                  className="bg-raised px-0"
                  aria-label={`${percent}% of the balance`}
                  data-testid={`margin-${percent}`}
                  disabled={balance === null}
                  onClick={() => change({ margin: marginForShare(percent, conditions) })}
                >
                  {percent}%
                </Button>
              ))}
            </div>
          </>
        )}
      </Field>
      <div className="flex flex-col gap-1.5">
        <span className="text-xs font-medium text-ink-muted">Leverage</span>
        <Segmented
          label="Leverage"
          testId="leverage-select"
          value={String(draft.leverage)}
          options={asset.leverages.map((leverage) => ({
            value: String(leverage),
            label: `${leverage}x`,
            testId: `leverage-${leverage}`,
          }))}
          onChange={(leverage) => change({ leverage: Number(leverage) })}
          itemClassName="flex-1 px-0 data-[state=checked]:bg-accent-soft data-[state=checked]:text-accent"
        />
      </div>
      <div className="grid grid-cols-2 gap-2.5">
        <TriggerField
          label="Take profit"
          name="takeProfit"
          testId="take-profit-input"
          value={draft.takeProfit}
          error={errors.takeProfit}
          onChange={(takeProfit) => change({ takeProfit })}
        />
        <TriggerField
          label="Stop loss"
          name="stopLoss"
          testId="stop-loss-input"
          value={draft.stopLoss}
          error={errors.stopLoss}
          onChange={(stopLoss) => change({ stopLoss })}
        />
      </div>
      <div className="flex flex-col gap-3">
        <OrderEstimateList estimate={quote && estimateOrder(draft, conditions)} feeBps={asset.feeBps} />
        {opening.error && !isUnauthorized(opening.error) && Object.keys(fieldErrors(opening.error)).length === 0 && (
          <p role="alert" data-testid="order-error" className="rounded-md bg-short-soft px-3 py-2 text-xs text-short">
            {refusalOf(opening.error)}
          </p>
        )}
        <Button
          type="submit"
          size="lg"
          variant={draft.side === 'buy' ? 'long' : 'short'}
          disabled={blocked !== null || opening.isPending}
          aria-describedby={blocked === null ? undefined : 'order-blocked'}
          data-testid="order-submit"
        >
          {submitWords(draft.side, asset.symbol, quote, opening.isPending)}
        </Button>
        {blocked !== null && (
          <p id="order-blocked" role="status" data-testid="order-blocked" className="text-center text-xs text-warn">
            {blocked}
          </p>
        )}
      </div>
      <ContractDetails asset={asset} quote={quote} />
    </form>
  );
}

interface TriggerFieldProps {
  label: string;
  name: string;
  testId: string;
  value: string;
  error: string | undefined;
  onChange: (value: string) => void;
}

function TriggerField({ label, name, testId, value, error, onChange }: TriggerFieldProps) {
  return (
    <Field label={label} error={error}>
      {(control) => (
        <Input
          {...control}
          name={name}
          inputMode="decimal"
          autoComplete="off"
          placeholder="Optional"
          data-testid={testId}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

function emptyDraft(asset: Asset): OrderDraft {
  const leverage = asset.leverages.includes(FIRST_LEVERAGE) ? FIRST_LEVERAGE : (asset.leverages[0] ?? 1);
  return { side: 'buy', margin: '', leverage, takeProfit: '', stopLoss: '' };
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

function focusFirstInvalid(form: HTMLFormElement, errors: OrderErrors): void {
  const name = (['margin', 'takeProfit', 'stopLoss'] as const).find((field) => errors[field] !== undefined);
  const input = name && form.elements.namedItem(name);
  if (input instanceof HTMLElement) input.focus();
}
