import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Monitor, Smartphone, SquareTerminal } from 'lucide-react';
import { useState } from 'react';
import { toast } from 'sonner';
import { TimeAgo } from '@/components/time-ago';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { describeError } from '@/lib/api/errors';
import { leaveSession } from '@/lib/session/enter';
import { formatDay } from '@/lib/time';
import { type DeviceKind, describeDevice } from '@/lib/user-agent';
import { type SessionRow, endSession, fetchSessions, settingsKeys, signOutEverywhere } from './api';
import { Card, CardWait, Row, Rows } from '@/components/card';
import { ConfirmDialog } from './confirm-dialog';
import { useWayWords } from './use-way-words';

const ICONS: Record<DeviceKind, typeof Monitor> = { desktop: Monitor, phone: Smartphone, program: SquareTerminal };

export function SessionsSection() {
  const sessions = useQuery({ queryKey: settingsKeys.sessions, queryFn: ({ signal }) => fetchSessions(signal) });
  const [isLeaving, setLeaving] = useState(false);
  // One's own first: the others are looked at beside it.
  const rows = sessions.data?.sessions.toSorted((a, b) => Number(b.current) - Number(a.current));
  return (
    <Card
      testId="sessions"
      title="Sessions"
      description="Where you are signed in. End what you don’t know, and change your password then."
      action={
        <Button data-testid="sign-out-everywhere" onClick={() => setLeaving(true)}>
          Sign out everywhere
        </Button>
      }
    >
      {rows ? (
        <Rows label="Sessions">
          {rows.map((session) => (
            <Session key={session.sessionId} session={session} />
          ))}
        </Rows>
      ) : (
        <CardWait query={sessions} what="your sessions" />
      )}
      {isLeaving && (
        <ConfirmDialog
          title="Sign out everywhere"
          description="Every session ends at once, this one too. API keys go on working."
          submitLabel="Sign out everywhere"
          pendingLabel="Signing out…"
          send={signOutEverywhere}
          onDone={() => leaveSession('You are signed out everywhere.')}
          onClose={() => setLeaving(false)}
        />
      )}
    </Card>
  );
}

function Session({ session }: { session: SessionRow }) {
  const client = useQueryClient();
  const wayWords = useWayWords();
  const device = describeDevice(session.userAgent);
  const Icon = ICONS[device.kind];
  const end = useMutation({
    mutationFn: () => endSession(session.sessionId),
    onSuccess: () => toast.success('The session has ended', { description: device.name }),
    onError: (error) => toast.error('The session could not be ended', { description: describeError(error) }),
    onSettled: () => client.invalidateQueries({ queryKey: settingsKeys.sessions }),
  });
  return (
    <Row
      testId="session-row"
      icon={<Icon className="size-4.5" strokeWidth={1.75} />}
      title={
        <>
          <span title={session.userAgent}>{device.name}</span>
          {session.current && <Badge tone="long">This device</Badge>}
        </>
      }
      action={
        !session.current && (
          <Button
            disabled={end.isPending}
            aria-label={`End the session of ${device.name}`}
            data-testid="session-end"
            onClick={() => end.mutate()}
          >
            {end.isPending ? 'Ending…' : 'End'}
          </Button>
        )
      }
    >
      {session.address} · {session.current ? 'in use now' : <TimeAgo at={session.usedAt} />} · signed in{' '}
      {wayWords(session.way)}, {formatDay(session.createdAt)}
    </Row>
  );
}
