import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'react-router';
import { toast } from 'sonner';
import { ProviderIcon } from '@/components/provider-icon';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Notice } from '@/components/ui/notice';
import { describeError } from '@/lib/api/errors';
import type { LinkedProvider, Me, ProviderInfo } from '@/lib/api/types';
import { queryKeys, useProviders } from '@/lib/queries';
import { keepReturnPath } from '@/lib/return-path';
import { formatDay } from '@/lib/time';
import { linkProvider, unlinkProvider } from './api';
import { Card, CardWait, Row, Rows } from '@/components/card';
import { MeCard } from './me-card';
import { OwnerForm } from './owner-form';

export function ProvidersSection() {
  const providers = useProviders();
  return (
    <MeCard title="Sign-in providers">
      {(me) => (
        <Card
          testId="providers"
          title="Sign-in providers"
          description="Accounts elsewhere that sign you in here, without a password."
        >
          {providers.data ? <Providers me={me} offered={providers.data} /> : <CardWait query={providers} what="your providers" />}
        </Card>
      )}
    </MeCard>
  );
}

function Providers({ me, offered }: { me: Me; offered: readonly ProviderInfo[] }) {
  const [unlinking, setUnlinking] = useState<ProviderInfo | null>(null);
  const linkOf = (name: string) => me.providers.find(({ provider }) => provider === name);
  // One that this desk no longer offers can still be unlinked.
  const gone = me.providers.filter(({ provider }) => !offered.some(({ name }) => name === provider));
  const all = [...offered, ...gone.map(({ provider }) => ({ name: provider, label: provider }))];
  if (all.length === 0) {
    return <p className="border-t border-line px-5 py-4 text-sm text-ink-faint sm:px-6">This desk offers none.</p>;
  }
  const others = offered.filter(({ name }) => name !== unlinking?.name && linkOf(name));
  return (
    <>
      <Rows label="Sign-in providers">
        {all.map((provider) => (
          <ProviderRow key={provider.name} provider={provider} link={linkOf(provider.name)} onUnlink={setUnlinking} />
        ))}
      </Rows>
      {unlinking && (
        <UnlinkDialog
          me={me}
          provider={unlinking}
          isLastWayIn={!me.hasPassword && others.length === 0}
          onClose={() => setUnlinking(null)}
        />
      )}
    </>
  );
}

interface ProviderRowProps {
  provider: ProviderInfo;
  link: LinkedProvider | undefined;
  onUnlink: (provider: ProviderInfo) => void;
}

function ProviderRow({ provider, link, onUnlink }: ProviderRowProps) {
  const { pathname } = useLocation();
  const { mutate, isPending } = useMutation({
    mutationFn: () => linkProvider(provider.name),
    onSuccess: ({ url }) => {
      keepReturnPath(pathname);
      window.location.assign(url);
    },
    onError: (error) => toast.error(`${provider.label} can’t be linked`, { description: describeError(error) }),
  });
  return (
    <Row
      testId={`provider-${provider.name}`}
      icon={<ProviderIcon name={provider.name} className="size-4.5" />}
      title={provider.label}
      action={
        link ? (
          <Button data-testid={`unlink-${provider.name}`} onClick={() => onUnlink(provider)}>
            Unlink
          </Button>
        ) : (
          <Button disabled={isPending} data-testid={`link-${provider.name}`} onClick={() => mutate()}>
            {isPending ? 'Going there…' : 'Link'}
          </Button>
        )
      }
    >
      {link ? (
        <>
          <span className="wrap-anywhere">{link.email}</span> · linked {formatDay(link.linkedAt)}
        </>
      ) : (
        'Not linked'
      )}
    </Row>
  );
}

interface UnlinkDialogProps {
  me: Me;
  provider: ProviderInfo;
  isLastWayIn: boolean;
  onClose: () => void;
}

function UnlinkDialog({ me, provider: { name, label }, isLastWayIn, onClose }: UnlinkDialogProps) {
  const client = useQueryClient();
  const done = () => {
    onClose();
    toast.success(`${label} is unlinked`);
    void client.invalidateQueries({ queryKey: queryKeys.me });
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`Unlink ${label}`}
      description={`${label} signs you in here no longer, and your other devices are signed out.`}
    >
      {isLastWayIn ? (
        <>
          <Notice tone="warn" data-testid="last-way-in">
            {label} is your only way in. Set a password or link another provider first.
          </Notice>
          <Button className="mt-6 ml-auto flex" onClick={onClose}>
            Close
          </Button>
        </>
      ) : (
        <OwnerForm
          name="unlink"
          me={me}
          isDanger
          submitLabel="Unlink"
          pendingLabel="Unlinking…"
          send={({ password }) => unlinkProvider(name, password)}
          onDone={done}
          onCancel={onClose}
        />
      )}
    </Dialog>
  );
}
