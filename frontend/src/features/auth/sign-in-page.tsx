import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation } from 'react-router';
import { Notice } from '@/components/ui/notice';
import { enterSession } from '@/lib/session/enter';
import { useSession } from '@/lib/stores/session';
import { type Credentials, signIn } from './api';
import { AuthForm } from './auth-form';
import { AuthLayout } from './auth-layout';
import { ProviderButtons } from './provider-buttons';
import { SecondFactorStep, wantsSecondFactor } from './second-factor-step';

/** What another page may hand on: why one is here, and for which address. */
export interface SignInHints {
  notice?: string;
  email?: string;
}

export function SignInPage() {
  const ended = useSession((state) => state.notice);
  const hints = useLocation().state as SignInHints | null;
  const [halfway, setHalfway] = useState<Credentials | null>(null);
  const mutation = useMutation({
    mutationFn: signIn,
    onSuccess: enterSession,
    onError: (error, credentials) => {
      if (wantsSecondFactor(error)) setHalfway(credentials);
    },
  });

  if (halfway !== null) {
    const back = () => {
      setHalfway(null);
      mutation.reset();
    };
    return <SecondFactorStep send={(secondFactor) => signIn({ ...halfway, secondFactor })} onBack={back} />;
  }
  const notice = ended ?? hints?.notice;
  return (
    <AuthLayout title="Sign in" subtitle="Welcome back to the desk.">
      {notice !== undefined && (
        <Notice tone={ended === null ? 'success' : 'warn'} data-testid="signin-notice" className="mb-5">
          {notice}
        </Notice>
      )}
      <AuthForm
        name="signin"
        submitLabel="Sign in"
        pendingLabel="Signing in…"
        defaultEmail={hints?.email}
        passwordAside={
          <Link to="/forgot-password" data-testid="forgot-password" className="font-medium text-accent hover:underline">
            Forgot your password?
          </Link>
        }
        mutation={mutation}
      />
      <ProviderButtons />
      <p className="mt-6 text-sm text-ink-muted">
        No account yet?{' '}
        <Link to="/signup" className="font-medium text-accent hover:underline">
          Sign up
        </Link>
      </p>
    </AuthLayout>
  );
}
