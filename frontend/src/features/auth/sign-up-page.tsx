import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { enterSession } from '@/lib/session/enter';
import { type Credentials, signIn, signUp } from './api';
import { AuthForm } from './auth-form';
import { AuthLayout } from './auth-layout';
import { ProviderButtons } from './provider-buttons';
import type { SignInHints } from './sign-in-page';
import { VerifyEmailStep } from './verify-email-step';

export function SignUpPage() {
  const navigate = useNavigate();
  const [waiting, setWaiting] = useState<Credentials | null>(null);
  const mutation = useMutation({
    mutationFn: signUp,
    onSuccess: (answer, credentials) => {
      if (answer.token === null) setWaiting(credentials);
      else enterSession(answer);
    },
  });

  if (waiting !== null) {
    const goOn = async (message: string) => {
      try {
        enterSession(await signIn(waiting));
      } catch {
        // The address is proven, but the account isn't entered by this password: the server's sentence says why.
        const hints: SignInHints = { notice: message, email: waiting.email };
        await navigate('/signin', { state: hints });
      }
    };
    return <VerifyEmailStep email={waiting.email} onVerified={goOn} onBack={() => setWaiting(null)} />;
  }
  return (
    <AuthLayout title="Create an account" subtitle="It comes with demo money to trade with.">
      <AuthForm
        name="signup"
        submitLabel="Create account"
        pendingLabel="Creating account…"
        isNewPassword
        mutation={mutation}
      />
      <ProviderButtons />
      <p className="mt-6 text-sm text-ink-muted">
        Already have an account?{' '}
        <Link to="/signin" className="font-medium text-accent hover:underline">
          Sign in
        </Link>
      </p>
    </AuthLayout>
  );
}
