import type { ComponentProps } from 'react';
import { cn } from '@/lib/cn';
import { Input } from './input';

export const CODE_LENGTH = 6;

interface CodeInputProps extends Omit<ComponentProps<typeof Input>, 'value' | 'onChange'> {
  value: string;
  onChange: (code: string) => void;
  /** The last digit has been typed, pasted, or filled in by the browser. */
  onComplete?: ((code: string) => void) | undefined;
}

/** Six digits in one field, so that pasting, filling in and correcting work as anywhere. What isn't a digit is dropped. */
export function CodeInput({ value, onChange, onComplete, className, ...props }: CodeInputProps) {
  const change = (text: string) => {
    const code = text.replace(/\D/g, '').slice(0, CODE_LENGTH);
    onChange(code);
    if (code.length === CODE_LENGTH && code !== value) onComplete?.(code);
  };
  return (
    <Input
      inputMode="numeric"
      autoComplete="one-time-code"
      autoCapitalize="off"
      spellCheck={false}
      placeholder="000000"
      value={value}
      onChange={(event) => change(event.target.value)}
      className={cn(
        'h-12 px-4 text-center text-xl font-medium tracking-[0.4em] tabular-nums placeholder:text-ink-faint/40 max-md:text-xl',
        className,
      )}
      {...props}
    />
  );
}
