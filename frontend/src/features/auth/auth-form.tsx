import type { UseMutationResult } from '@tanstack/react-query';
import { type ReactNode, type SubmitEvent, useState } from 'react';
import { NewPasswordField, PasswordField } from '@/components/password-field';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Notice } from '@/components/ui/notice';
import { describeError, fieldErrors } from '@/lib/api/errors';
import { textOf } from '@/lib/form';
import type { Credentials } from './api';

interface AuthFormProps {
  /** Prefix of the test ids. */
  name: 'signin' | 'signup';
  submitLabel: string;
  pendingLabel: string;
  isNewPassword?: boolean;
  /** Beside the password's label. */
  passwordAside?: ReactNode;
  defaultEmail?: string | undefined;
  mutation: UseMutationResult<unknown, Error, Credentials>;
}

const FIELDS = ['email', 'password'];

/** E-mail and password. */
export function AuthForm({ name, mutation, ...props }: AuthFormProps) {
  const [missing, setMissing] = useState<Record<string, string>>({});
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
  const Password = props.isNewPassword ? NewPasswordField : PasswordField;
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-4">
      <Field label="E-mail" error={errors.email}>
        {(control) => (
          <Input
            {...control}
            name="email"
            type="email"
            // `username`: the name that the password belongs to, for managers of passwords.
            autoComplete="username"
            autoFocus={!props.defaultEmail}
            defaultValue={props.defaultEmail}
            data-testid={`${name}-email`}
          />
        )}
      </Field>
      <Password
        label="Password"
        name="password"
        error={errors.password}
        aside={props.passwordAside}
        autoFocus={Boolean(props.defaultEmail)}
        data-testid={`${name}-password`}
      />
      {mutation.isError && !isBesideField && (
        <Notice tone="error" data-testid={`${name}-error`}>
          {describeError(mutation.error)}
        </Notice>
      )}
      <Button type="submit" variant="primary" size="lg" disabled={mutation.isPending} data-testid={`${name}-submit`}>
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
