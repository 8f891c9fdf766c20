import { ChevronDown, X } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { Button } from '@/components/ui/button';
import { cn } from '@/lib/cn';
import { closeReasonWords } from '@/lib/close-reasons';
import { SYMBOLS } from '@/lib/stores/selection';
import { CsvButton } from './csv-button';
import { type Filters, NO_FILTERS, type ReasonGroup, isFiltered } from './filters';

interface FilterBarProps {
  filters: Filters;
  onChange: (filters: Filters) => void;
}

const ASSETS = { any: 'All assets', ...Object.fromEntries(SYMBOLS.map((symbol) => [symbol, symbol])) };
const SIDES = { any: 'Long and short', buy: 'Long', sell: 'Short' };
const OUTCOMES = { any: 'Won and lost', won: 'Won', lost: 'Lost' };
const REASONS: Record<ReasonGroup, string> = {
  any: 'Any reason',
  triggers: 'Closed by itself',
  by_you: 'Closed by me',
  take_profit: closeReasonWords('take_profit'),
  stop_loss: closeReasonWords('stop_loss'),
  trailing_stop: closeReasonWords('trailing_stop'),
  liquidation: closeReasonWords('liquidation'),
  manual: 'Closed whole by me',
  partial_close: 'Closed in part by me',
};
const PERIODS = {
  all: 'All time',
  today: 'Today',
  '7d': '7 days',
  '30d': '30 days',
  '90d': '90 days',
  custom: 'From … to …',
};

/** What is listed, as chips: each a list to choose from, those that narrow it down in colour. */
export function FilterBar({ filters, onChange }: FilterBarProps) {
  const set = (part: Partial<Filters>) => onChange({ ...filters, ...part });
  const chip = (name: keyof Filters, label: string, options: Record<string, string>) => (
    <Chip
      name={name}
      label={label}
      options={options}
      value={filters[name]}
      isOn={filters[name] !== NO_FILTERS[name]}
      onChoose={(value) => set({ [name]: value })}
    />
  );
  return (
    <div
      role="group"
      aria-label="Narrow the history"
      className="flex shrink-0 items-center gap-1.5 border-b border-line px-3 py-2 max-md:overflow-x-auto md:flex-wrap"
    >
      {chip('period', 'Time', PERIODS)}
      {filters.period === 'custom' && <Dates filters={filters} onChange={set} />}
      {chip('asset', 'Asset', ASSETS)}
      {chip('side', 'Side', SIDES)}
      {chip('outcome', 'Result', OUTCOMES)}
      {chip('reason', 'Closed by', REASONS)}
      {isFiltered(filters) && (
        <Button size="sm" variant="ghost" data-testid="history-clear" onClick={() => onChange(NO_FILTERS)}>
          <X aria-hidden className="size-3.5" /> Clear
        </Button>
      )}
      {/* On a phone the chips slide along under it. */}
      <span className="ml-auto max-md:sticky max-md:-right-3 max-md:-mr-3 max-md:bg-surface max-md:px-3">
        <CsvButton filters={filters} />
      </span>
    </div>
  );
}

interface ChipProps {
  name: string;
  label: string;
  options: Record<string, string>;
  value: string;
  isOn: boolean;
  onChoose: (value: string) => void;
}

/** The browser's own list: at home on a phone, with a keyboard and in a screen reader. */
function Chip({ name, label, options, value, isOn, onChoose }: ChipProps) {
  return (
    <ChipFrame isOn={isOn}>
      <select
        aria-label={label}
        data-testid={`history-filter-${name}`}
        value={value}
        onChange={(event) => onChoose(event.target.value)}
        className="h-full cursor-pointer appearance-none rounded-full bg-transparent pr-7 pl-3 text-xs font-medium outline-offset-0"
      >
        {Object.entries(options).map(([option, words]) => (
          <option key={option} value={option} className="bg-surface text-ink">
            {words}
          </option>
        ))}
      </select>
      <ChevronDown aria-hidden className="pointer-events-none absolute right-2.5 size-3.5" />
    </ChipFrame>
  );
}

function ChipFrame({ isOn, children }: { isOn: boolean; children: ReactNode }) {
  return (
    <span
      className={cn(
        'relative inline-flex h-7 shrink-0 items-center rounded-full border transition-colors',
        isOn ? 'border-accent bg-accent-soft text-accent' : 'border-line-strong text-ink-muted hover:bg-hover hover:text-ink',
      )}
    >
      {children}
    </span>
  );
}

function Dates({ filters, onChange }: { filters: Filters; onChange: (part: Partial<Filters>) => void }) {
  const id = useId();
  const day = (name: 'from' | 'to', words: string) => (
    <>
      <label htmlFor={`${id}-${name}`} className="text-xs text-ink-faint">
        {words}
      </label>
      <input
        id={`${id}-${name}`}
        type="date"
        data-testid={`history-${name}`}
        value={filters[name]}
        min={name === 'to' && filters.from !== '' ? filters.from : undefined}
        max={name === 'from' && filters.to !== '' ? filters.to : undefined}
        onChange={(event) => onChange({ [name]: event.target.value })}
        className="h-7 rounded-md border border-field-line bg-field px-2 text-xs text-ink"
      />
    </>
  );
  return (
    <span className="inline-flex shrink-0 items-center gap-1.5">
      {day('from', 'From')}
      {day('to', 'to')}
    </span>
  );
}
