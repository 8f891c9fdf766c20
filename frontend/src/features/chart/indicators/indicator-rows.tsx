import { type ReactNode, useId, useState } from 'react';
import { Input } from '@/components/ui/input';
import { AVERAGES_MAX, type IndicatorChoice, PERIOD_MAX, PERIOD_MIN, parsePeriods } from './choice';

interface ToggleRowProps {
  id: string;
  label: string;
  isShown: boolean;
  onShow: (isShown: boolean) => void;
  hint?: string | undefined;
  error?: string | null;
  children?: ReactNode;
}

/** One thing that is drawn or not, with its settings beside it. */
export function ToggleRow({ id, label, isShown, onShow, hint, error, children }: ToggleRowProps) {
  const inputId = useId();
  const remark = error ?? hint;
  return (
    <li>
      <div className="flex min-h-8 flex-wrap items-center gap-x-2">
        <label htmlFor={inputId} className="flex min-h-6 min-w-0 flex-1 items-center gap-2 text-sm text-ink">
          <input
            id={inputId}
            type="checkbox"
            data-testid={`show-${id}`}
            checked={isShown}
            onChange={(event) => onShow(event.target.checked)}
            className="size-4 shrink-0 accent-accent"
          />
          {label}
        </label>
        {children}
      </div>
      {remark !== undefined && (
        <p role={error ? 'alert' : undefined} className={error ? 'pb-1 text-2xs text-short' : 'pb-1 text-2xs text-ink-faint'}>
          {remark}
        </p>
      )}
    </li>
  );
}

interface AverageRowProps {
  id: 'sma' | 'ema';
  label: string;
  value: IndicatorChoice['sma'];
  onChange: (value: Partial<IndicatorChoice['sma']>) => void;
}

/** A moving average of one to three periods, typed as a list. */
export function AverageRow({ id, label, value, onChange }: AverageRowProps) {
  const [text, setText] = useState(value.periods.join(', '));
  const isValid = parsePeriods(text) !== null;
  const error = isValid ? null : `Up to ${AVERAGES_MAX} periods from ${PERIOD_MIN} to ${PERIOD_MAX}, as in 9, 21`;
  const type = (typed: string) => {
    setText(typed);
    const periods = parsePeriods(typed);
    if (periods) onChange({ periods });
  };
  return (
    <ToggleRow id={id} label={label} isShown={value.isShown} onShow={(isShown) => onChange({ isShown })} error={error}>
      <Input
        aria-label={`${label}: periods`}
        aria-invalid={!isValid}
        data-testid={`${id}-periods`}
        inputMode="text"
        value={text}
        onChange={(event) => type(event.target.value)}
        className="h-7 w-24 px-2"
      />
    </ToggleRow>
  );
}

interface NumberField<Key extends string> {
  key: Key;
  label: string;
  value: number;
  min: number;
  max: number;
}

interface NumbersRowProps<Key extends string> {
  id: string;
  label: string;
  isShown: boolean;
  fields: readonly NumberField<Key>[];
  onShow: (isShown: boolean) => void;
  onChange: (numbers: Partial<Record<Key, number>>) => void;
}

/** An indicator with one or more whole numbers. What isn't one in range stays in its field, and counts for nothing. */
export function NumbersRow<Key extends string>({ id, label, isShown, fields, onShow, onChange }: NumbersRowProps<Key>) {
  const [typed, setTyped] = useState<Partial<Record<Key, string>>>({});
  const wrong = fields.find((field) => !isInRange(typed[field.key], field));
  const error = wrong ? `${wrong.label}: a whole number from ${wrong.min} to ${wrong.max}` : null;
  const type = (field: NumberField<Key>, text: string) => {
    setTyped({ ...typed, [field.key]: text });
    if (isInRange(text, field)) onChange({ [field.key]: Number(text) } as Partial<Record<Key, number>>);
  };
  return (
    <ToggleRow id={id} label={label} isShown={isShown} onShow={onShow} error={error}>
      {fields.map((field) => (
        <Input
          key={field.key}
          aria-label={`${label}: ${field.label}`}
          title={field.label}
          aria-invalid={field === wrong}
          data-testid={`${id}-${field.key}`}
          inputMode="numeric"
          value={typed[field.key] ?? String(field.value)}
          onChange={(event) => type(field, event.target.value)}
          className="h-7 w-11 px-1.5 text-center"
        />
      ))}
    </ToggleRow>
  );
}

function isInRange(text: string | undefined, { min, max }: { min: number; max: number }): boolean {
  if (text === undefined) return true;
  const value = Number(text);
  return /^\d+$/.test(text.trim()) && value >= min && value <= max;
}
