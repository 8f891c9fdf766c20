import { LoaderCircle } from 'lucide-react';
import { Brand } from '@/components/brand';
import { Button } from '@/components/ui/button';
import { refreshSession } from '@/lib/session/refresh';
import { sessionStore, useSession } from '@/lib/stores/session';

/** Until it is known whether somebody is signed in. Most are past it before it has faded in. */
export function Splash() {
  const isUnconfirmed = useSession((state) => state.isUnconfirmed);
  return (
    <div className="flex min-h-dvh animate-appear flex-col items-center justify-center gap-5 bg-surface px-6 text-center">
      <Brand className="text-lg" />
      {isUnconfirmed ? (
        <div role="status" className="flex max-w-sm flex-col items-center" data-testid="splash-unconfirmed">
          <p className="text-sm text-ink-muted">
            The desk doesn’t answer, so it isn’t known yet whether you are signed in. It is tried again by itself. Your
            positions and their triggers are kept by the server.
          </p>
          <div className="mt-5 flex gap-2">
            <Button variant="primary" onClick={() => void refreshSession()}>
              Try now
            </Button>
            <Button onClick={() => sessionStore.getState().end()}>Go to sign-in</Button>
          </div>
        </div>
      ) : (
        <LoaderCircle role="status" aria-label="Loading" className="size-5 animate-spin text-ink-faint" />
      )}
    </div>
  );
}
