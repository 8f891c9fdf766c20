import { RadioGroup } from 'radix-ui';
import { Skeleton } from '@/components/ui/skeleton';
import type { Side } from '@/lib/api/types';
import { cn } from '@/lib/cn';
import { formatPrice } from '@/lib/money';
import type { Quote } from '@/lib/stores/prices';

interface SidePickerProps {
  side: Side;
  quote: Quote | null;
  onChange: (side: Side) => void;
}

/** Both sides of the quote, as large as their importance: the price of each side is what choosing it costs. */
export function SidePicker({ side, quote, onChange }: SidePickerProps) {
  return (
    <RadioGroup.Root
      aria-label="Side"
      value={side}
      onValueChange={(value) => onChange(value as Side)}
      orientation="horizontal"
      className="grid grid-cols-2 gap-1.5"
    >
      <SideOption
        value="sell"
        words="Sell · short"
        testId="sell-tab"
        className="data-[state=checked]:border-short data-[state=checked]:bg-short-soft data-[state=checked]:text-short"
      >
        <SidePrice testId="price-bid" raw={quote?.bid ?? null} stale={quote?.stale ?? true} />
      </SideOption>
      <SideOption
        value="buy"
        words="Buy · long"
        testId="buy-tab"
        className="data-[state=checked]:border-long data-[state=checked]:bg-long-soft data-[state=checked]:text-long"
      >
        <SidePrice testId="price-ask" raw={quote?.ask ?? null} stale={quote?.stale ?? true} />
      </SideOption>
    </RadioGroup.Root>
  );
}

interface SideOptionProps {
  value: Side;
  words: string;
  testId: string;
  className: string;
  children: React.ReactNode;
}

function SideOption({ value, words, testId, className, children }: SideOptionProps) {
  return (
    <RadioGroup.Item
      value={value}
      data-testid={testId}
      className={cn(
        'flex h-14 flex-col justify-center rounded-md border border-line-strong px-3 text-left text-ink-muted transition-colors hover:bg-raised',
        className,
      )}
    >
      <span className="text-2xs font-semibold">{words}</span>
      {children}
    </RadioGroup.Item>
  );
}

function SidePrice({ testId, raw, stale }: { testId: string; raw: number | null; stale: boolean }) {
  if (raw === null) return <Skeleton className="my-1 h-4 w-20" />;
  return (
    <span
      data-testid={testId}
      data-raw={raw}
      className={cn('text-base leading-5 font-semibold', stale ? 'text-ink-faint line-through' : 'text-ink')}
    >
      {formatPrice(raw)}
    </span>
  );
}
