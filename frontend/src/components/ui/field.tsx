import { type ReactNode, useId } from 'react';

interface FieldControl {
  id: string;
  'aria-invalid': boolean;
  'aria-describedby': string | undefined;
}

interface FieldProps {
  label: string;
  /** Beside the label, for what helps while typing. */
  aside?: ReactNode;
  error?: string | undefined;
  hint?: ReactNode;
  children: (control: FieldControl) => ReactNode;
}

/** A label, a control, and one line under it: the error, or else the hint, tied to the control for screen readers. */
export function Field({ label, aside, error, hint, children }: FieldProps) {
  const id = useId();
  const messageId = `${id}-message`;
  const message = error ?? hint;
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex items-baseline justify-between gap-2 text-xs">
        <label htmlFor={id} className="font-medium text-ink-muted">
          {label}
        </label>
        {aside}
      </div>
      {children({ id, 'aria-invalid': error !== undefined, 'aria-describedby': message ? messageId : undefined })}
      {message !== undefined && (
        <p id={messageId} role={error ? 'alert' : undefined} className={error ? 'text-xs text-short' : 'text-xs text-ink-faint'}>
          {message}
        </p>
      )}
    </div>
  );
}
