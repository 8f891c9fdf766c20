import { CircleHelp } from 'lucide-react';
import type { ReactNode } from 'react';
import { Popover, PopoverContent, PopoverTrigger } from './popover';

/** A question mark that explains a word of the market. */
export function Help({ about, children }: { about: string; children: ReactNode }) {
  return (
    <Popover>
      <PopoverTrigger
        type="button"
        aria-label={`What is ${about}?`}
        className="-my-1 flex size-6 items-center justify-center rounded-full text-ink-faint transition-colors hover:text-ink"
      >
        <CircleHelp aria-hidden className="size-3.5" />
      </PopoverTrigger>
      <PopoverContent aria-label={about} className="w-64 text-xs leading-relaxed font-normal text-ink-muted">
        {children}
      </PopoverContent>
    </Popover>
  );
}
