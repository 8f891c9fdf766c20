import type { KeyboardEvent } from 'react';
import { SignedUsd } from '@/components/signed-usd';
import { Field } from '@/components/ui/field';
import { Help } from '@/components/ui/help';
import { Input } from '@/components/ui/input';
import { Segmented } from '@/components/ui/segmented';
import { formatPrice, parseUsd, priceToDecimal } from '@/lib/money';
import { type OrderDraft, type OrderErrors } from './order-form';
import { steppedBy } from './steps';
import {
  type TriggerBase,
  type TriggerKind,
  type TriggerUnit,
  distanceInUnit,
  inUnit,
  moneyAt,
  triggerDistance,
  triggerPrice,
} from './triggers';

const UNITS: readonly { value: TriggerUnit; label: string; testId: string }[] = [
  { value: 'price', label: 'Price', testId: 'unit-price' },
  { value: 'distance', label: 'Distance', testId: 'unit-distance' },
  { value: 'money', label: 'Money', testId: 'unit-money' },
];

interface TriggerFieldsProps {
  draft: OrderDraft;
  base: TriggerBase;
  errors: OrderErrors;
  onChange: (part: Partial<OrderDraft>) => void;
}

/** Where the position closes by itself. One unit for all three; what is typed is carried over when it changes. */
export function TriggerFields({ draft, base, errors, onChange }: TriggerFieldsProps) {
  const { unit } = draft;
  const changeUnit = (next: TriggerUnit) => {
    const priceOf = (text: string, kind: TriggerKind) => inUnit(triggerPrice(text, unit, kind, base), next, base);
    onChange({
      unit: next,
      takeProfit: priceOf(draft.takeProfit, 'takeProfit'),
      stopLoss: priceOf(draft.stopLoss, 'stopLoss'),
      trailingStop: distanceInUnit(triggerDistance(draft.trailingStop, unit, base, 'down'), next, base),
    });
  };
  return (
    <fieldset className="flex flex-col gap-2.5">
      <legend className="sr-only">Where it closes by itself</legend>
      <div className="flex items-center justify-between gap-2">
        <span className="flex items-center gap-1 text-xs font-medium whitespace-nowrap text-ink-muted">
          Close by itself
          <Help about="closing by itself">
            The position is closed on the exact trade that reaches your price, also while you are away. Type a price, how
            far it lies from the entry, or the money that is won or lost there. A trailing stop follows the best price at
            its distance and never goes back.
          </Help>
        </span>
        <Segmented label="Typed as" value={unit} options={UNITS} onChange={changeUnit} itemClassName="h-6 px-1.5 text-2xs" />
      </div>
      <div className="grid grid-cols-2 gap-2.5">
        <TriggerField kind="takeProfit" label="Take profit" {...{ draft, base, errors, onChange }} />
        <TriggerField kind="stopLoss" label="Stop loss" {...{ draft, base, errors, onChange }} />
      </div>
      <TrailingField {...{ draft, base, errors, onChange }} />
    </fieldset>
  );
}

interface TriggerFieldProps extends TriggerFieldsProps {
  kind: TriggerKind;
  label: string;
}

function TriggerField({ kind, label, draft, base, errors, onChange }: TriggerFieldProps) {
  const price = triggerPrice(draft[kind], draft.unit, kind, base);
  const testId = kind === 'takeProfit' ? 'take-profit' : 'stop-loss';
  return (
    <Field
      label={label}
      error={errors[kind]}
      hint={price !== null && price > 0 && base.entryRaw > 0 && <Elsewise price={price} unit={draft.unit} base={base} testId={testId} />}
    >
      {(control) => (
        <Input
          {...control}
          name={kind}
          inputMode="decimal"
          autoComplete="off"
          placeholder="Optional"
          data-testid={`${testId}-input`}
          value={draft[kind]}
          onChange={(event) => onChange({ [kind]: event.target.value })}
          onKeyDown={(event) => onChange(steppedField(event, kind, draft, base))}
        />
      )}
    </Field>
  );
}

/** The same trigger in the words that weren't typed. */
function Elsewise({ price, unit, base, testId }: { price: number; unit: TriggerUnit; base: TriggerBase; testId: string }) {
  return (
    <span data-testid={`${testId}-elsewise`} data-raw={price} className="flex flex-wrap gap-x-1.5">
      {unit !== 'price' && <span>{formatPrice(price)}</span>}
      {unit !== 'distance' && <span>{formatPrice(Math.abs(price - base.entryRaw))} away</span>}
      {unit !== 'money' && base.notionalCents > 0 && <SignedUsd cents={moneyAt(price, base)} />}
    </span>
  );
}

function TrailingField({ draft, base, errors, onChange }: TriggerFieldsProps) {
  const distance = triggerDistance(draft.trailingStop, draft.unit, base, 'down');
  return (
    <Field
      label={draft.unit === 'money' ? 'Trailing stop, money given back' : 'Trailing stop, distance'}
      error={errors.trailingStopLoss}
      hint={
        draft.unit === 'money' && distance !== null && distance > 0 && `Follows ${formatPrice(distance)} behind the best price.`
      }
    >
      {(control) => (
        <Input
          {...control}
          name="trailingStopLoss"
          inputMode="decimal"
          autoComplete="off"
          placeholder="Optional"
          data-testid="trailing-stop-input"
          value={draft.trailingStop}
          onChange={(event) => onChange({ trailingStop: event.target.value })}
        />
      )}
    </Field>
  );
}

/** An arrow key moves a trigger: from nothing, to one step beside the entry. */
function steppedField(
  event: KeyboardEvent<HTMLInputElement>,
  kind: TriggerKind,
  draft: OrderDraft,
  base: TriggerBase,
): Partial<OrderDraft> {
  const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key];
  if (direction === undefined || base.entryRaw === 0) return {};
  event.preventDefault();
  const steps = direction * (event.shiftKey ? 10 : 1);
  if (draft.unit === 'money') {
    const cents = (parseUsd(draft[kind]) ?? 0) + steps * 100;
    return { [kind]: (Math.max(100, cents) / 100).toFixed(2) };
  }
  const from = triggerPrice(draft[kind], 'price', kind, base) ?? (draft.unit === 'price' ? base.entryRaw : 0);
  return { [kind]: priceToDecimal(steppedBy(from, steps, base.entryRaw)).replace(/0{1,2}$/, '') };
}
