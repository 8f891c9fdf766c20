import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import { Figure, FigureList } from '@/components/ui/figure-list';
import { Notice } from '@/components/ui/notice';
import { Skeleton } from '@/components/ui/skeleton';
import { describeError } from '@/lib/api/errors';
import { formatDateTime } from '@/lib/time';
import { type ParkedWhole, dropMessage, fetchMessage, opsKeys, retryMessage } from './api';
import { ReasonDialog } from './reason-dialog';

/** A message that failed: what it was to do, why it couldn't, and what to do about it. */
export function MessageDialog({ id, onClose }: { id: number; onClose: () => void }) {
  const message = useQuery({ queryKey: opsKeys.message(id), queryFn: ({ signal }) => fetchMessage(id, signal) });
  const [deed, setDeed] = useState<'retry' | 'drop' | null>(null);
  const whole = message.data;
  if (deed !== null && whole) return <Deed deed={deed} message={whole} onClose={onClose} />;
  return (
    <Dialog isOpen onClose={onClose} title={whole?.actor ?? 'Message'} description={whole?.error ?? 'What failed'} testId="message">
      {message.isError && <Notice tone="error">{describeError(message.error)}</Notice>}
      {message.isPending && <Skeleton className="h-40" />}
      {whole && <Whole message={whole} />}
      <DialogActions>
        <Button data-testid="message-drop" disabled={!whole || whole.state === 'dropped'} onClick={() => setDeed('drop')}>
          Drop
        </Button>
        <Button
          variant="primary"
          data-testid="message-retry"
          disabled={!whole || whole.state === 'dropped'}
          onClick={() => setDeed('retry')}
        >
          Retry
        </Button>
      </DialogActions>
    </Dialog>
  );
}

function Whole({ message }: { message: ParkedWhole }) {
  return (
    <div className="flex flex-col gap-4">
      <FigureList>
        <Figure label="Queue">{message.queue}</Figure>
        <Figure label="Tries">{message.tries}</Figure>
        <Figure label="Failed so">{message.times === 1 ? 'once' : `${message.times} times`}</Figure>
        <Figure label="Parked">{formatDateTime(message.parkedAt)} UTC</Figure>
        {message.droppedWhy !== null && <Figure label="Dropped because">{message.droppedWhy}</Figure>}
      </FigureList>
      <Text title="Arguments" testId="message-arguments" text={JSON.stringify(message.arguments, null, 2)} />
      <Text title="Where it went wrong" testId="message-traceback" text={message.traceback} />
    </div>
  );
}

function Text({ title, testId, text }: { title: string; testId: string; text: string }) {
  return (
    <div>
      <h3 className="mb-1 text-xs font-medium text-ink-muted">{title}</h3>
      {/* Scrolled with the keyboard too. */}
      <pre
        tabIndex={0}
        role="region"
        aria-label={title}
        data-testid={testId}
        className="max-h-56 overflow-auto rounded-md bg-canvas p-3 text-2xs leading-4 text-ink"
      >
        {text}
      </pre>
    </div>
  );
}

function Deed({ deed, message, onClose }: { deed: 'retry' | 'drop'; message: ParkedWhole; onClose: () => void }) {
  const name = `${message.actor} ${message.subject}`.trim();
  return deed === 'retry' ? (
    <ReasonDialog
      title={`Retry ${name}`}
      description="It goes back into its queue, for as many tries as a new one has."
      submitLabel="Retry"
      done="It is in its queue again"
      send={(reason) => retryMessage(message.id, reason)}
      onClose={onClose}
    />
  ) : (
    <ReasonDialog
      title={`Drop ${name}`}
      description="What it was to do is not done. It can still be looked at for some weeks."
      submitLabel="Drop"
      isGrave
      done="It is given up"
      send={(reason) => dropMessage(message.id, reason)}
      onClose={onClose}
    />
  );
}
