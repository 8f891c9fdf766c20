import { DropdownMenu as Radix } from 'radix-ui';
import type { ComponentProps } from 'react';
import { cn } from '@/lib/cn';

/** Not modal: locking the page's scroll would need inline styles, which the content security policy may forbid. */
export function DropdownMenu(props: ComponentProps<typeof Radix.Root>) {
  return <Radix.Root modal={false} {...props} />;
}

export const DropdownMenuTrigger = Radix.Trigger;

export function DropdownMenuContent({ className, ...props }: ComponentProps<typeof Radix.Content>) {
  return (
    // Not at the page's end, as a dialog is: a menu belongs to the landmark of its button.
    <Radix.Content
      align="end"
      sideOffset={6}
      className={cn('z-50 min-w-48 rounded-lg border border-line-strong bg-raised p-1 shadow-lg', className)}
      {...props}
    />
  );
}

export function DropdownMenuItem({ className, ...props }: ComponentProps<typeof Radix.Item>) {
  return (
    <Radix.Item
      className={cn(
        'flex h-8 items-center gap-2 rounded px-2 text-sm text-ink outline-none data-[highlighted]:bg-hover',
        className,
      )}
      {...props}
    />
  );
}

export function DropdownMenuLabel({ className, ...props }: ComponentProps<typeof Radix.Label>) {
  return <Radix.Label className={cn('truncate px-2 py-1.5 text-xs text-ink-muted', className)} {...props} />;
}
