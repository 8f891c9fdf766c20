import { Popover as Radix } from 'radix-ui';
import type { ComponentProps } from 'react';
import { cn } from '@/lib/cn';

/** Something to look at beside what is going on; not modal. */
export const Popover = Radix.Root;

export const PopoverTrigger = Radix.Trigger;

export function PopoverContent({ className, ...props }: ComponentProps<typeof Radix.Content>) {
  return (
    <Radix.Portal>
      <Radix.Content
        align="end"
        sideOffset={6}
        collisionPadding={8}
        className={cn(
          'z-50 w-80 max-w-[calc(100vw-1rem)] rounded-lg border border-line-strong bg-raised p-4 shadow-lg outline-none',
          className,
        )}
        {...props}
      />
    </Radix.Portal>
  );
}
