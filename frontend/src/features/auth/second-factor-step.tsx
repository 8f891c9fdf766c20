import { useMutation } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';
import { SecondFactorField } from '@/components/second-factor-field';
import { Button } from '@/components/ui/button';
import { LinkButton } from '@/components/ui/link-button';
import { ApiError, describeError } from '@/lib/api/errors';
import type { SignedInAnswer } from '@/lib/api/types';
import { enterSession } from '@/lib/session/enter';
import { AuthLayout } from './auth-layout';

interface SecondFactorStepProps {
  send: (secondFactor: string) => Promise<SignedInAnswer>;
  onBack: () => void;
  onSignedIn?: () => void;
}

export function wantsSecondFactor(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'second_factor_required';
}

/** The password was right: now what only the owner has at hand. */
export function SecondFactorStep({ send, onBack, onSignedIn }: SecondFactorStepProps) {
  const [code, setCode] = useState('');
  const mutation = useMutation({
    mutationFn: send,
    onSuccess: (answer) => {
      enterSession(answer);
      onSignedIn?.();
    },
    onError: () => setCode(''),
  });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (code !== '' && !mutation.isPending) mutation.mutate(code);
  };
  return (
    <AuthLayout title="Two-step sign-in" subtitle="Your account asks for a second factor as well.">
      <form noValidate onSubmit={submit} className="flex flex-col gap-4">
        <SecondFactorField
          autoFocus
          value={code}
          readOnly={mutation.isPending}
          error={mutation.isError && code === '' ? describeError(mutation.error) : undefined}
          onChange={setCode}
          onComplete={(complete) => mutation.mutate(complete)}
        />
        <Button type="submit" variant="primary" size="lg" disabled={mutation.isPending} data-testid="second-factor-submit">
          {mutation.isPending ? 'Signing in…' : 'Sign in'}
        </Button>
        <LinkButton className="self-start text-sm" onClick={onBack}>
          Back
        </LinkButton>
      </form>
    </AuthLayout>
  );
}
