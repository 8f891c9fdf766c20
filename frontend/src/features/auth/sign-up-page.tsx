import { Link } from 'react-router';
import { useState } from 'react';
import { signUp } from './api';
import { AuthForm } from './auth-form';
import { AuthLayout } from './auth-layout';
import { CheckMailbox } from './check-mailbox';

export function SignUpPage() {
  const [unverified, setUnverified] = useState<string | null>(null);
  if (unverified !== null) return <CheckMailbox email={unverified} onBack={() => setUnverified(null)} />;
  return (
    <AuthLayout title="Create an account" subtitle="It comes with demo money to trade with.">
      <AuthForm
        name="signup"
        submitLabel="Create account"
        pendingLabel="Creating account…"
        passwordAutoComplete="new-password"
        send={signUp}
        onNeedsVerification={setUnverified}
      />
      <p className="mt-6 text-sm text-ink-muted">
        Already have an account?{' '}
        <Link to="/signin" className="font-medium text-accent hover:underline">
          Sign in
        </Link>
      </p>
    </AuthLayout>
  );
}
