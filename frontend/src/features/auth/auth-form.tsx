import { useMutation } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';
import { toast } from 'sonner';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { describeError, fieldErrors } from '@/lib/api/errors';
import type { SessionAnswer } from '@/lib/api/types';
import { sessionStore } from '@/lib/stores/session';
import type { Credentials } from './api';

interface AuthFormProps {
  /** Prefix of the test ids. */
  name: 'signin' | 'signup';
  submitLabel: string;
  pendingLabel: string;
  passwordAutoComplete: 'current-password' | 'new-password';
  send: (credentials: Credentials) => Promise<SessionAnswer>;
  /** No token came: the account waits for the mail to be read. */
  onNeedsVerification: (email: string) => void;
}

const FIELDS = ['email', 'password'];

export function AuthForm(props: AuthFormProps) {
  const [missing, setMissing] = useState<Record<string, string>>({});
  const mutation = useMutation({
    mutationFn: props.send,
    onSuccess: (answer, { email }) => {
      if (answer.token === null) {
        props.onNeedsVerification(email);
        return;
      }
      if (answer.needsVerification) {
        toast.info('Look in your mailbox', { description: `A code is on its way to ${email}. Trading opens with it.` });
      }
      sessionStore.getState().begin(answer.token, email);
    },
  });

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const credentials = { email: textOf(form, 'email').trim(), password: textOf(form, 'password') };
    const gaps = whatIsMissing(credentials);
    setMissing(gaps);
    if (Object.keys(gaps).length === 0) mutation.mutate(credentials);
  };

  const errors = { ...fieldErrors(mutation.error), ...missing };
  const isBesideField = FIELDS.some((field) => errors[field] !== undefined);
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-4">
      <Field label="E-mail" error={errors.email}>
        {(control) => (
          <Input {...control} name="email" type="email" autoComplete="email" autoFocus data-testid={`${props.name}-email`} />
        )}
      </Field>
      <Field label="Password" error={errors.password}>
        {(control) => (
          <Input
            {...control}
            name="password"
            type="password"
            autoComplete={props.passwordAutoComplete}
            data-testid={`${props.name}-password`}
          />
        )}
      </Field>
      {mutation.isError && !isBesideField && (
        <p role="alert" data-testid={`${props.name}-error`} className="rounded-md bg-short-soft px-3 py-2 text-sm text-short">
          {describeError(mutation.error)}
        </p>
      )}
      <Button type="submit" variant="primary" size="lg" disabled={mutation.isPending} data-testid={`${props.name}-submit`}>
        {mutation.isPending ? props.pendingLabel : props.submitLabel}
      </Button>
    </form>
  );
}

function whatIsMissing({ email, password }: Credentials): Record<string, string> {
  return {
    ...(email === '' && { email: 'Enter your e-mail address.' }),
    ...(password === '' && { password: 'Enter a password.' }),
  };
}

function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}
