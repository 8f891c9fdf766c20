import { type VariantProps, cva } from 'class-variance-authority';
import type { ComponentProps } from 'react';
import { cn } from '@/lib/cn';

const badge = cva('inline-flex items-center gap-1 rounded px-1.5 py-px text-2xs font-semibold whitespace-nowrap', {
  variants: {
    tone: {
      neutral: 'bg-raised text-ink-muted',
      long: 'bg-long-soft text-long',
      short: 'bg-short-soft text-short',
      warn: 'bg-warn-soft text-warn',
    },
  },
  defaultVariants: { tone: 'neutral' },
});

export function Badge({ tone, className, ...props }: ComponentProps<'span'> & VariantProps<typeof badge>) {
  return <span className={cn(badge({ tone }), className)} {...props} />;
}
