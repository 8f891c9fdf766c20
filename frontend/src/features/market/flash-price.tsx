import { useState } from 'react';
import { cn } from '@/lib/cn';
import { formatPrice } from '@/lib/money';

interface FlashPriceProps {
  raw: number;
  stale: boolean;
  className: string;
  testId: string;
}

/** A price that lights up for a moment in the direction it moved. */
export function FlashPrice({ raw, stale, className, testId }: FlashPriceProps) {
  const [shown, setShown] = useState({ raw, direction: '' });
  if (shown.raw !== raw) setShown({ raw, direction: raw > shown.raw ? 'animate-flash-up' : 'animate-flash-down' });
  return (
    <span data-testid={testId} data-raw={raw} className={cn(stale && 'text-ink-faint line-through', className)}>
      {/* A new key starts the animation again. */}
      <span key={raw} className={stale ? '' : shown.direction}>
        {formatPrice(raw)}
      </span>
    </span>
  );
}
