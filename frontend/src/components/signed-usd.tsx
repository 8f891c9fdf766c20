import type { ComponentProps } from 'react';
import { cn } from '@/lib/cn';
import { formatSignedUsd } from '@/lib/money';

/** A profit or loss: its sign says which, and its colour says it again. */
export function SignedUsd({ cents, className, ...props }: { cents: number } & ComponentProps<'span'>) {
  return (
    <span data-cents={cents} className={cn(toneOf(cents), className)} {...props}>
      {formatSignedUsd(cents)}
    </span>
  );
}

export function toneOf(cents: number): string {
  if (cents === 0) return 'text-ink-muted';
  return cents > 0 ? 'text-long' : 'text-short';
}
