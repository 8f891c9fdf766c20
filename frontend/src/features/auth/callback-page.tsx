import { useMutation } from '@tanstack/react-query';
import { LoaderCircle } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Navigate, useNavigate, useSearchParams } from 'react-router';
import { toast } from 'sonner';
import { Button } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';
import { ApiError, describeError } from '@/lib/api/errors';
import { useProviders } from '@/lib/queries';
import { returnPath } from '@/lib/return-path';
import { enterSession } from '@/lib/session/enter';
import { useSession } from '@/lib/stores/session';
import { exchangeCode } from './api';
import { AuthLayout } from './auth-layout';
import { callbackError } from './callback-errors';
import { SecondFactorStep, wantsSecondFactor } from './second-factor-step';

/**
 * Where a provider sends the browser back to: with a code to be exchanged for a session, with the name of a provider
 * that is linked now, or with why nothing came of it.
 */
export function CallbackPage() {
  const [arrived] = useState(useSearchParams()[0]);
  const [, setParams] = useSearchParams();
  // A code in the address bar would be bookmarked, and sent once more by a reload.
  useEffect(() => setParams({}, { replace: true }), [setParams]);

  const linked = arrived.get('linked');
  const code = arrived.get('code');
  if (linked !== null) return <Linked provider={linked} />;
  if (code !== null) return <Exchange code={code} />;
  return <Failed sentence={callbackError(arrived.get('error'))} />;
}

function Exchange({ code }: { code: string }) {
  const navigate = useNavigate();
  const hasBegun = useRef(false);
  const [isDone, setDone] = useState(false);
  const { mutate, error } = useMutation({
    mutationFn: () => exchangeCode({ code }),
    onSuccess: (answer) => {
      enterSession(answer);
      setDone(true);
    },
  });
  // The code is good once, and React runs effects twice in development.
  useEffect(() => {
    if (hasBegun.current) return;
    hasBegun.current = true;
    mutate();
  }, [mutate]);

  if (isDone) return <Navigate to={returnPath()} replace />;
  if (wantsSecondFactor(error)) {
    return (
      <SecondFactorStep
        send={(secondFactor) => exchangeCode({ code, secondFactor })}
        onSignedIn={() => setDone(true)}
        onBack={() => void navigate('/signin', { replace: true })}
      />
    );
  }
  if (error) return <Failed sentence={error instanceof ApiError ? callbackError(error.code, error.message) : describeError(error)} />;
  return (
    <AuthLayout title="Signing you in" subtitle="One moment, please.">
      <LoaderCircle role="status" aria-label="Signing in" className="size-6 animate-spin text-ink-faint" />
    </AuthLayout>
  );
}

function Linked({ provider }: { provider: string }) {
  const providers = useProviders();
  const navigate = useNavigate();
  const hasTold = useRef(false);
  useEffect(() => {
    if (providers.isPending || hasTold.current) return;
    hasTold.current = true;
    const label = providers.data?.find(({ name }) => name === provider)?.label ?? provider;
    toast.success(`${label} is linked`, { description: 'You can sign in with it from now on.' });
    void navigate(returnPath('/account/security'), { replace: true });
  }, [providers, provider, navigate]);
  return null;
}

function Failed({ sentence }: { sentence: string }) {
  const navigate = useNavigate();
  const isSignedIn = useSession((state) => state.status === 'signed-in');
  const back = isSignedIn ? returnPath() : '/signin';
  return (
    <AuthLayout title="That didn’t work" subtitle="Nothing has changed on your account.">
      <Notice tone="error" data-testid="callback-error" className="mb-5">
        {sentence}
      </Notice>
      <Button variant="primary" onClick={() => void navigate(back, { replace: true })}>
        {isSignedIn ? 'Back' : 'Back to sign-in'}
      </Button>
    </AuthLayout>
  );
}
