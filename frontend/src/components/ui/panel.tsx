import type { ComponentProps } from 'react';
import { cn } from '@/lib/cn';

export function Panel({ className, ...props }: ComponentProps<'section'>) {
  return (
    <section
      className={cn('flex min-h-0 min-w-0 flex-col overflow-hidden rounded-lg border border-line bg-surface', className)}
      {...props}
    />
  );
}
