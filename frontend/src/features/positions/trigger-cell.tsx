import { Pencil } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Popover, PopoverContent, PopoverTrigger } from '@/components/ui/popover';
import type { Order } from '@/lib/api/types';
import { sideWord } from '@/lib/close-reasons';
import { cn } from '@/lib/cn';
import { TriggerForm } from './trigger-form';
import { TRIGGER_WORDS, type TriggerKind } from './trigger-words';

interface TriggerCellProps {
  order: Order;
  kind: TriggerKind;
  isSet: boolean;
  children: ReactNode;
}

/** A trigger as it stands; pressed, it is set, changed or removed on the spot. */
export function TriggerCell({ order, kind, isSet, children }: TriggerCellProps) {
  const [isOpen, setOpen] = useState(false);
  const words = TRIGGER_WORDS[kind];
  const testId = kind === 'takeProfit' ? 'position-take-profit' : 'position-stop-loss';
  return (
    <Popover open={isOpen} onOpenChange={setOpen}>
      <PopoverTrigger
        data-testid={testId}
        className={cn(
          'group/trigger -mx-1.5 inline-flex min-h-7 items-center gap-1 rounded px-1.5 text-right transition-colors max-md:text-left hover:bg-hover aria-expanded:bg-hover',
          !isSet && 'text-ink-faint',
        )}
      >
        <Pencil aria-hidden className="size-3 shrink-0 text-ink-faint opacity-0 transition-opacity group-hover/trigger:opacity-100 max-md:opacity-100" />
        <span className="min-w-0">
          <span className="sr-only">
            {isSet ? 'Change' : 'Set'} the {words} of the {order.asset} {sideWord(order.type)}, now{' '}
          </span>
          {children}
        </span>
      </PopoverTrigger>
      <PopoverContent aria-label={`The ${words}`} className="w-72">
        <TriggerForm order={order} kind={kind} onDone={() => setOpen(false)} />
      </PopoverContent>
    </Popover>
  );
}
