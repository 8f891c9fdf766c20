import { useLocation } from 'react-router';
import { ProviderIcon } from '@/components/provider-icon';
import { Button } from '@/components/ui/button';
import { DialogActions } from '@/components/ui/dialog';
import { Notice } from '@/components/ui/notice';
import type { Me } from '@/lib/api/types';
import { useProviders } from '@/lib/queries';
import { keepReturnPath } from '@/lib/return-path';

/** For who has no password to show: the provider says once more who they are, and they come back to this page. */
export function SignInAgain({ me, onCancel }: { me: Me; onCancel: () => void }) {
  const { pathname } = useLocation();
  const offered = useProviders().data ?? [];
  const ways = offered.filter(({ name }) => me.providers.some(({ provider }) => provider === name));
  return (
    <div data-testid="sign-in-again" className="flex flex-col gap-3">
      <Notice tone="info">
        You signed in a while ago. So that nobody else changes this at an open page, sign in once more; you come back here.
      </Notice>
      {ways.map(({ name, label }) => (
        <a
          key={name}
          href={`/api/v2/auth/${encodeURIComponent(name)}`}
          onClick={() => keepReturnPath(pathname)}
          className="flex h-11 items-center justify-center gap-2.5 rounded-md border border-line-strong text-sm font-medium text-ink transition-colors hover:bg-hover"
        >
          <ProviderIcon name={name} className="size-4.5" />
          Continue with {label}
        </a>
      ))}
      <DialogActions>
        <Button onClick={onCancel}>Cancel</Button>
      </DialogActions>
    </div>
  );
}
