import { useMutation } from '@tanstack/react-query';
import { type SubmitEvent, useRef, useState } from 'react';
import { Button } from '@/components/ui/button';
import { CODE_LENGTH, CodeInput } from '@/components/ui/code-input';
import { Field } from '@/components/ui/field';
import { describeError } from '@/lib/api/errors';

interface CodeFormProps {
  /** Prefix of the test ids. */
  name: string;
  label: string;
  submitLabel: string;
  pendingLabel: string;
  send: (code: string) => Promise<unknown>;
  autoFocus?: boolean;
}

/** Asks for six digits and sends them off with the last one. */
export function CodeForm({ name, label, submitLabel, pendingLabel, send, autoFocus = true }: CodeFormProps) {
  const input = useRef<HTMLInputElement>(null);
  const [code, setCode] = useState('');
  const [isShort, setShort] = useState(false);
  const mutation = useMutation({
    mutationFn: send,
    // Typing replaces the wrong code.
    onError: () => input.current?.select(),
  });

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    setShort(code.length < CODE_LENGTH);
    if (code.length === CODE_LENGTH && !mutation.isPending) mutation.mutate(code);
  };
  const change = (next: string) => {
    setCode(next);
    setShort(false);
    if (mutation.isError) mutation.reset();
  };

  const error = isShort ? `The code has ${CODE_LENGTH} digits.` : mutation.isError ? describeError(mutation.error) : undefined;
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-4">
      <Field label={label} error={error}>
        {(control) => (
          <CodeInput
            {...control}
            ref={input}
            value={code}
            autoFocus={autoFocus}
            readOnly={mutation.isPending}
            data-testid={`${name}-code`}
            onChange={change}
            onComplete={(complete) => mutation.mutate(complete)}
          />
        )}
      </Field>
      <Button type="submit" variant="primary" size="lg" disabled={mutation.isPending} data-testid={`${name}-submit`}>
        {mutation.isPending ? pendingLabel : submitLabel}
      </Button>
    </form>
  );
}
