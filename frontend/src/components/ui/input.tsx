import type { ComponentProps } from 'react';
import { cn } from '@/lib/cn';

export function Input({ className, ...props }: ComponentProps<'input'>) {
  return (
    <input
      className={cn(
        'h-9 w-full min-w-0 rounded-md border border-field-line bg-field px-2.5 text-sm text-ink transition-colors placeholder:text-ink-faint focus-visible:border-accent disabled:opacity-50 aria-invalid:border-short',
        // iOS zooms into smaller text on focus.
        'max-md:text-[16px]',
        className,
      )}
      {...props}
    />
  );
}
