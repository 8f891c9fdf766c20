import { useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { toast } from 'sonner';
import { TimeAgo } from '@/components/time-ago';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { PanelState } from '@/components/ui/panel-state';
import { useNow } from '@/lib/now';
import { formatDay } from '@/lib/time';
import { type ApiKeyRow, fetchApiKeys, revokeApiKey, settingsKeys } from './api';
import { Card, CardWait, Row, Rows } from '@/components/card';
import { ConfirmDialog } from './confirm-dialog';
import { MakeApiKey } from './make-api-key';

export function ApiKeysSection() {
  const client = useQueryClient();
  const keys = useQuery({ queryKey: settingsKeys.apiKeys, queryFn: ({ signal }) => fetchApiKeys(signal) });
  const [isMaking, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<ApiKeyRow | null>(null);
  const reload = () => void client.invalidateQueries({ queryKey: settingsKeys.apiKeys });
  return (
    <Card
      testId="api-keys"
      title="API keys"
      description={
        <>
          For programs that trade or read on your behalf. The{' '}
          <a href="/api/v2/docs" className="font-medium text-accent hover:underline">
            documentation
          </a>{' '}
          shows what they can ask for.
        </>
      }
      action={
        <Button variant="primary" data-testid="api-key-new" onClick={() => setMaking(true)}>
          New key
        </Button>
      }
    >
      {keys.data ? <Keys keys={keys.data.keys} onRevoke={setRevoking} /> : <CardWait query={keys} what="your API keys" />}
      {isMaking && <MakeApiKey onMade={reload} onClose={() => setMaking(false)} />}
      {revoking && (
        <ConfirmDialog
          title="Revoke the key"
          description={`“${revoking.name}” stops working at once, and can’t be brought back.`}
          submitLabel="Revoke"
          pendingLabel="Revoking…"
          send={() => revokeApiKey(revoking.keyId)}
          onDone={() => {
            setRevoking(null);
            toast.success('The key is revoked', { description: revoking.name });
            reload();
          }}
          onClose={() => setRevoking(null)}
        />
      )}
    </Card>
  );
}

function Keys({ keys, onRevoke }: { keys: readonly ApiKeyRow[]; onRevoke: (key: ApiKeyRow) => void }) {
  if (keys.length === 0) {
    return (
      <div className="border-t border-line">
        <PanelState icon={KeyRound} title="No keys yet">
          A key signs a program in without your password, and can be revoked on its own.
        </PanelState>
      </div>
    );
  }
  return (
    <Rows label="API keys">
      {keys.map((key) => (
        <Key key={key.keyId} apiKey={key} onRevoke={() => onRevoke(key)} />
      ))}
    </Rows>
  );
}

function Key({ apiKey, onRevoke }: { apiKey: ApiKeyRow; onRevoke: () => void }) {
  const { name, hint, scopes, addresses, expiresAt, usedAt } = apiKey;
  const now = useNow();
  const isExpired = expiresAt !== null && expiresAt <= now;
  return (
    <Row
      testId="api-key-row"
      icon={<KeyRound className="size-4.5" strokeWidth={1.75} />}
      title={
        <>
          <span className="break-words">{name}</span>
          <Badge tone={scopes.includes('trade') ? 'warn' : 'neutral'}>{scopes.includes('trade') ? 'Trades' : 'Reads'}</Badge>
          {isExpired && <Badge tone="short">Expired</Badge>}
        </>
      }
      action={
        <Button data-testid="api-key-revoke" aria-label={`Revoke ${name}`} onClick={onRevoke}>
          Revoke
        </Button>
      }
    >
      <code>{hint}…</code> · {usedAt === null ? 'never used' : <>used <TimeAgo at={usedAt} /></>} ·{' '}
      {expiresAt === null ? 'no expiry' : `${isExpired ? 'expired' : 'expires'} ${formatDay(expiresAt)}`}
      {addresses.length > 0 && <> · only from {addresses.join(', ')}</>}
    </Row>
  );
}
