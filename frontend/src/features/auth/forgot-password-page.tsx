import { useMutation } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';
import { Link, useLocation, useNavigate } from 'react-router';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Notice } from '@/components/ui/notice';
import { describeError, fieldErrors } from '@/lib/api/errors';
import { textOf } from '@/lib/form';
import { askReset } from './api';
import { AuthLayout } from './auth-layout';
import type { SignInHints } from './sign-in-page';

export function ForgotPasswordPage() {
  const navigate = useNavigate();
  const hints = useLocation().state as SignInHints | null;
  const [isMissing, setMissing] = useState(false);
  const mutation = useMutation({
    mutationFn: askReset,
    onSuccess: (_, email) => void navigate('/reset-password', { state: { email } satisfies SignInHints }),
  });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const email = textOf(new FormData(event.currentTarget), 'email').trim();
    setMissing(email === '');
    if (email !== '') mutation.mutate(email);
  };
  const error = isMissing ? 'Enter your e-mail address.' : fieldErrors(mutation.error).email;
  return (
    <AuthLayout title="Set a new password" subtitle="We mail you a code that lets you choose one.">
      <form noValidate onSubmit={submit} className="flex flex-col gap-4">
        <Field label="E-mail" error={error}>
          {(control) => (
            <Input
              {...control}
              name="email"
              type="email"
              autoComplete="username"
              autoFocus
              defaultValue={hints?.email}
              data-testid="forgot-email"
            />
          )}
        </Field>
        {mutation.isError && error === undefined && <Notice tone="error">{describeError(mutation.error)}</Notice>}
        <Button type="submit" variant="primary" size="lg" disabled={mutation.isPending} data-testid="forgot-submit">
          {mutation.isPending ? 'Sending…' : 'Send a code'}
        </Button>
      </form>
      <p className="mt-6 text-sm text-ink-muted">
        <Link to="/signin" className="font-medium text-accent hover:underline">
          Back to sign-in
        </Link>
      </p>
    </AuthLayout>
  );
}
