import { Link } from 'react-router';
import { useState } from 'react';
import { useSession } from '@/lib/stores/session';
import { signIn } from './api';
import { AuthForm } from './auth-form';
import { AuthLayout } from './auth-layout';
import { CheckMailbox } from './check-mailbox';

export function SignInPage() {
  const notice = useSession((state) => state.notice);
  const [unverified, setUnverified] = useState<string | null>(null);
  if (unverified !== null) return <CheckMailbox email={unverified} onBack={() => setUnverified(null)} />;
  return (
    <AuthLayout title="Sign in" subtitle="Welcome back to the desk.">
      {notice !== null && (
        <p role="status" data-testid="signin-notice" className="mb-5 rounded-md bg-warn-soft px-3 py-2 text-sm text-warn">
          {notice}
        </p>
      )}
      <AuthForm
        name="signin"
        submitLabel="Sign in"
        pendingLabel="Signing in…"
        passwordAutoComplete="current-password"
        send={signIn}
        onNeedsVerification={setUnverified}
      />
      <p className="mt-6 text-sm text-ink-muted">
        No account yet?{' '}
        <Link to="/signup" className="font-medium text-accent hover:underline">
          Sign up
        </Link>
      </p>
    </AuthLayout>
  );
}
