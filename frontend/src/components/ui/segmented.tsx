import { RadioGroup } from 'radix-ui';
import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';

export interface SegmentedOption<Value extends string> {
  value: Value;
  label: ReactNode;
  testId?: string;
}

interface SegmentedProps<Value extends string> {
  label: string;
  value: Value;
  options: readonly SegmentedOption<Value>[];
  onChange: (value: Value) => void;
  className?: string;
  itemClassName?: string;
  testId?: string;
}

/** One of a few, all in sight. A radio group: one stop for the tab key, arrows choose. */
export function Segmented<Value extends string>(props: SegmentedProps<Value>) {
  return (
    <RadioGroup.Root
      aria-label={props.label}
      value={props.value}
      onValueChange={(value) => props.onChange(value as Value)}
      orientation="horizontal"
      className={cn('flex gap-0.5 rounded-md bg-canvas p-0.5', props.className)}
      data-testid={props.testId}
    >
      {props.options.map((option) => (
        <RadioGroup.Item
          key={option.value}
          value={option.value}
          data-testid={option.testId}
          className={cn(
            'h-7 rounded px-2 text-xs font-medium text-ink-muted transition-colors hover:text-ink data-[state=checked]:bg-hover data-[state=checked]:text-ink',
            props.itemClassName,
          )}
        >
          {option.label}
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  );
}
