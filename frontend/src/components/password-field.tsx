import { type ComponentProps, useState } from 'react';
import { Field } from '@/components/ui/field';
import { PasswordInput } from '@/components/ui/password-input';
import { cn } from '@/lib/cn';
import { PASSWORD_LENGTH_MIN, passwordLength } from '@/lib/passwords';

interface PasswordFieldProps extends Omit<ComponentProps<typeof PasswordInput>, 'aria-label'> {
  label: string;
  error?: string | undefined;
  aside?: React.ReactNode;
}

/** The password one has. */
export function PasswordField({ label, error, aside, ...props }: PasswordFieldProps) {
  return (
    <Field label={label} error={error} aside={aside}>
      {(control) => <PasswordInput autoComplete="current-password" {...control} {...props} />}
    </Field>
  );
}

/** A new password, with a word on its length: the one thing about it that helps and that we can tell. */
export function NewPasswordField({ label, error, aside, ...props }: PasswordFieldProps) {
  const [value, setValue] = useState('');
  const { words, strength } = passwordLength(value);
  return (
    <Field
      label={label}
      error={error}
      aside={aside}
      hint={
        <span className="flex items-center gap-2">
          <span aria-hidden className="grid w-24 grid-cols-3 gap-1">
            {[1, 2, 3].map((step) => (
              <span key={step} className={cn('h-1 rounded-full bg-line-strong', strength >= step && COLOURS[strength])} />
            ))}
          </span>
          {words}
        </span>
      }
    >
      {(control) => (
        <PasswordInput
          autoComplete="new-password"
          minLength={PASSWORD_LENGTH_MIN}
          {...control}
          {...props}
          onChange={(event) => setValue(event.target.value)}
        />
      )}
    </Field>
  );
}

const COLOURS = ['', 'bg-warn', 'bg-long', 'bg-long'] as const;
