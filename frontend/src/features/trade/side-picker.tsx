import { RadioGroup } from 'radix-ui';
import { Skeleton } from '@/components/ui/skeleton';
import type { Side } from '@/lib/api/types';
import { cn } from '@/lib/cn';
import { formatPrice, priceDecimals } from '@/lib/money';
import type { Quote } from '@/lib/stores/prices';

interface SidePickerProps {
  side: Side;
  quote: Quote | null;
  /** Choosing a side places the order. */
  isOneClick: boolean;
  isDisabled: boolean;
  onChoose: (side: Side) => void;
}

const SIDES = [
  { side: 'sell', words: 'Sell · short', testId: 'sell-tab', priceId: 'price-bid' },
  { side: 'buy', words: 'Buy · long', testId: 'buy-tab', priceId: 'price-ask' },
] as const;

const CHOSEN: Record<Side, string> = {
  sell: 'data-[state=checked]:border-short data-[state=checked]:bg-short-soft data-[state=checked]:text-short',
  buy: 'data-[state=checked]:border-long data-[state=checked]:bg-long-soft data-[state=checked]:text-long',
};

const DEED: Record<Side, string> = {
  sell: 'border-transparent bg-short text-on-short hover:not-disabled:bg-short/90',
  buy: 'border-transparent bg-long text-on-long hover:not-disabled:bg-long/90',
};

const BOX = 'flex h-14 flex-col justify-center rounded-md border px-3 text-left transition-colors disabled:opacity-50';

/** Both sides of the quote, as large as their importance: the price of each side is what choosing it costs. */
export function SidePicker(props: SidePickerProps) {
  const { quote } = props;
  return (
    <div className="relative">
      {props.isOneClick ? <DeedButtons {...props} /> : <SideRadios {...props} />}
      {quote && (
        <span
          title="The spread between the two prices"
          data-testid="ticket-spread"
          className="pointer-events-none absolute top-1/2 left-1/2 -translate-1/2 rounded-full border border-line bg-surface px-1.5 text-2xs text-ink-faint"
        >
          {formatPrice(quote.ask - quote.bid, priceDecimals(quote.bid))}
        </span>
      )}
    </div>
  );
}

function SideRadios({ side, quote, onChoose }: SidePickerProps) {
  return (
    <RadioGroup.Root
      aria-label="Side"
      value={side}
      onValueChange={(value) => onChoose(value as Side)}
      orientation="horizontal"
      className="grid grid-cols-2 gap-1.5"
    >
      {SIDES.map(({ side: value, words, testId, priceId }) => (
        <RadioGroup.Item
          key={value}
          value={value}
          data-testid={testId}
          className={cn(BOX, 'border-line-strong text-ink-muted hover:bg-raised', value === 'buy' && 'items-end', CHOSEN[value])}
        >
          <span className="text-2xs font-semibold">{words}</span>
          <SidePrice testId={priceId} raw={quote && priceOf(value, quote)} stale={quote?.stale ?? true} className="text-ink" />
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  );
}

/** With one click: each side is a button that places the order. */
function DeedButtons({ quote, isDisabled, onChoose }: SidePickerProps) {
  return (
    <div role="group" aria-label="Place the order at once" className="grid grid-cols-2 gap-1.5">
      {SIDES.map(({ side, words, testId, priceId }) => (
        <button
          key={side}
          type="button"
          data-testid={testId}
          disabled={isDisabled}
          // The second press of a double click, as the browser counts them, is not meant as a second order.
          onClick={(event) => event.detail <= 1 && onChoose(side)}
          className={cn(BOX, side === 'buy' && 'items-end', DEED[side])}
        >
          <span className="text-2xs font-semibold">{words} now</span>
          <SidePrice testId={priceId} raw={quote && priceOf(side, quote)} stale={quote?.stale ?? true} className="" />
        </button>
      ))}
    </div>
  );
}

function priceOf(side: Side, quote: Quote): number {
  return side === 'buy' ? quote.ask : quote.bid;
}

interface SidePriceProps {
  testId: string;
  raw: number | null;
  stale: boolean;
  className: string;
}

function SidePrice({ testId, raw, stale, className }: SidePriceProps) {
  if (raw === null) return <Skeleton className="my-1 h-4 w-20" />;
  return (
    <span
      data-testid={testId}
      data-raw={raw}
      className={cn('text-base leading-5 font-semibold', stale ? 'text-ink-faint line-through' : className)}
    >
      {formatPrice(raw)}
    </span>
  );
}
