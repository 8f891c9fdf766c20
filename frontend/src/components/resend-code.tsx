import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { LinkButton } from '@/components/ui/link-button';
import { describeError } from '@/lib/api/errors';

const PAUSE_S = 30;

/** Another mail, not before the first had time to arrive. */
export function ResendCode({ send }: { send: () => Promise<unknown> }) {
  const [secondsLeft, setSecondsLeft] = useState(PAUSE_S);
  const mutation = useMutation({ mutationFn: send, onSuccess: () => setSecondsLeft(PAUSE_S) });
  const isWaiting = secondsLeft > 0;

  useEffect(() => {
    if (!isWaiting) return;
    const timer = setInterval(() => setSecondsLeft((left) => left - 1), 1_000);
    return () => clearInterval(timer);
  }, [isWaiting]);

  return (
    <div className="text-sm text-ink-muted">
      Nothing came? Look in the spam folder, or{' '}
      {isWaiting ? (
        <span className="whitespace-nowrap text-ink-faint" data-testid="resend-wait">
          ask again in {secondsLeft} s.
        </span>
      ) : (
        <LinkButton disabled={mutation.isPending} data-testid="resend-code" onClick={() => mutation.mutate()}>
          {mutation.isPending ? 'Asking…' : 'send a new code'}
        </LinkButton>
      )}
      <p role="status" className={mutation.isError ? 'mt-1 text-short' : 'mt-1 text-long'}>
        {mutation.isError && describeError(mutation.error)}
        {mutation.isSuccess && 'A new code is on its way. Earlier ones don’t work any more.'}
      </p>
    </div>
  );
}
