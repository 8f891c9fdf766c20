import { useMutation } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';
import { Link, useLocation, useNavigate } from 'react-router';
import { NewPasswordField } from '@/components/password-field';
import { ResendCode } from '@/components/resend-code';
import { Button } from '@/components/ui/button';
import { CODE_LENGTH, CodeInput } from '@/components/ui/code-input';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Notice } from '@/components/ui/notice';
import { describeError, fieldErrors } from '@/lib/api/errors';
import { textOf } from '@/lib/form';
import { askReset, resetPassword } from './api';
import { AuthLayout } from './auth-layout';
import type { SignInHints } from './sign-in-page';

const FIELDS = ['email', 'code', 'password'];

export function ResetPasswordPage() {
  const navigate = useNavigate();
  const known = (useLocation().state as SignInHints | null)?.email;
  const [code, setCode] = useState('');
  const [missing, setMissing] = useState<Record<string, string>>({});
  const mutation = useMutation({
    mutationFn: resetPassword,
    onSuccess: ({ message }, { email }) =>
      void navigate('/signin', { state: { notice: message, email } satisfies SignInHints }),
  });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const email = textOf(form, 'email').trim();
    const password = textOf(form, 'password');
    const gaps = {
      ...(email === '' && { email: 'Enter your e-mail address.' }),
      ...(code.length < CODE_LENGTH && { code: `The code has ${CODE_LENGTH} digits.` }),
      ...(password === '' && { password: 'Enter a new password.' }),
    };
    setMissing(gaps);
    if (Object.keys(gaps).length === 0) mutation.mutate({ email, code, password });
  };

  const errors: Record<string, string> = { ...fieldErrors(mutation.error), ...missing };
  const isBesideField = FIELDS.some((field) => errors[field] !== undefined);
  return (
    <AuthLayout
      title="Choose a new password"
      subtitle={
        known === undefined ? (
          'Enter the code that we mailed you.'
        ) : (
          <>
            If there is an account for <strong className="font-medium wrap-anywhere text-ink">{known}</strong>, a code is on its
            way to it.
          </>
        )
      }
    >
      <form noValidate onSubmit={submit} className="flex flex-col gap-4">
        {/* Hidden when known, but there for the password manager. */}
        <div className={known === undefined ? '' : 'hidden'}>
          <Field label="E-mail" error={errors.email}>
            {(control) => (
              <Input
                {...control}
                name="email"
                type="email"
                autoComplete="username"
                defaultValue={known}
                data-testid="reset-email"
              />
            )}
          </Field>
        </div>
        <Field label="6-digit code" error={errors.code}>
          {(control) => (
            <CodeInput {...control} value={code} onChange={setCode} autoFocus data-testid="reset-code" />
          )}
        </Field>
        <NewPasswordField label="New password" name="password" error={errors.password} data-testid="reset-password" />
        {mutation.isError && !isBesideField && (
          <Notice tone="error" data-testid="reset-error">
            {describeError(mutation.error)}
          </Notice>
        )}
        <Button type="submit" variant="primary" size="lg" disabled={mutation.isPending} data-testid="reset-submit">
          {mutation.isPending ? 'Setting…' : 'Set the password'}
        </Button>
        <p className="text-xs text-ink-faint">You are signed out everywhere when it is set.</p>
        {known !== undefined && <ResendCode send={() => askReset(known)} />}
      </form>
      <p className="mt-6 text-sm text-ink-muted">
        <Link to="/signin" className="font-medium text-accent hover:underline">
          Back to sign-in
        </Link>
      </p>
    </AuthLayout>
  );
}
