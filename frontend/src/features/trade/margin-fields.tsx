import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Help } from '@/components/ui/help';
import { Input } from '@/components/ui/input';
import { Segmented } from '@/components/ui/segmented';
import { formatUsd } from '@/lib/money';
import { type OrderConditions, type OrderTerms, marginForShare } from './order-form';

const SHARES = [10, 25, 50, 100];

interface MarginFieldsProps {
  terms: OrderTerms;
  conditions: OrderConditions;
  /** Null until it is known. */
  balance: number | null;
  leverages: readonly number[];
  error: string | undefined;
  onChange: (terms: Partial<OrderTerms>) => void;
}

/** What is put in, and how much it moves. */
export function MarginFields({ terms, conditions, balance, leverages, error, onChange }: MarginFieldsProps) {
  return (
    <>
      <Field
        label="Margin (USD)"
        aside={<span className="text-ink-faint">{balance === null ? '' : `${formatUsd(balance)} available`}</span>}
        error={error}
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
              value={terms.margin}
              onChange={(event) => onChange({ margin: event.target.value })}
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
                  onClick={() => onChange({ margin: marginForShare(percent, conditions) })}
                >
                  {percent}%
                </Button>
              ))}
            </div>
          </>
        )}
      </Field>
      <div className="flex flex-col gap-1.5">
        <span className="flex items-center gap-1 text-xs font-medium text-ink-muted">
          Leverage
          <Help about="leverage">
            The position is this many times the margin. Its profit and loss grow with it, and so does the nearness of
            liquidation: at 10x a move of about 10% against you takes the margin, at 100x one of about 1%.
          </Help>
        </span>
        <Segmented
          label="Leverage"
          testId="leverage-select"
          value={String(terms.leverage)}
          options={leverages.map((leverage) => ({
            value: String(leverage),
            label: `${leverage}x`,
            testId: `leverage-${leverage}`,
          }))}
          onChange={(leverage) => onChange({ leverage: Number(leverage) })}
          itemClassName="flex-1 px-0 data-[state=checked]:bg-accent-soft data-[state=checked]:text-accent"
        />
      </div>
    </>
  );
}
