import type { ComponentProps } from 'react';
import { cn } from '@/lib/cn';

/** A button that reads as a link: a way on that changes nothing. */
export function LinkButton({ className, type = 'button', ...props }: ComponentProps<'button'>) {
  return (
    <button
      type={type}
      className={cn('font-medium text-accent hover:not-disabled:underline disabled:cursor-default disabled:text-ink-faint', className)}
      {...props}
    />
  );
}
