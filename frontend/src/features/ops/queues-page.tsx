import { useQuery } from '@tanstack/react-query';
import { CircleCheck } from 'lucide-react';
import { useState } from 'react';
import { Card, CardWait, Row, Rows } from '@/components/card';
import { TimeAgo } from '@/components/time-ago';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { type Column, DataCell, DataRow, DataTable } from '@/components/ui/data-table';
import { PanelState } from '@/components/ui/panel-state';
import { ActorsCard } from './actors-card';
import { LIVE_MS, fetchParked, fetchQueues, opsKeys, retryAll } from './api';
import { MessageDialog } from './message-dialog';
import { ReasonDialog } from './reason-dialog';

const COLUMNS: readonly Column[] = [
  { title: 'Queue' },
  { title: 'Ready', align: 'right' },
  { title: 'Delayed', align: 'right' },
  { title: 'In work', align: 'right' },
  { title: 'Parked', align: 'right' },
  { title: 'Oldest', align: 'right', width: 'w-36' },
];

export function QueuesPage() {
  return (
    <>
      <Queues />
      <Parked />
      <ActorsCard />
    </>
  );
}

function Queues() {
  const queues = useQuery({ queryKey: opsKeys.queues, queryFn: ({ signal }) => fetchQueues(signal), refetchInterval: LIVE_MS });
  return (
    <Card title="Queues" description="Background work that waits for a worker, for its next try, or for you." testId="queues">
      {queues.data ? (
        <div className="overflow-x-auto border-t border-line px-2 pb-2">
          <DataTable columns={COLUMNS} caption="Queues" testId="queues-table">
            {queues.data.queues.map((one) => (
              <DataRow key={one.queue} data-testid={`queue-${one.queue}`}>
                <DataCell label="Queue" className="font-medium text-ink">
                  {one.queue}
                </DataCell>
                <DataCell label="Ready" align="right">
                  {one.ready}
                </DataCell>
                <DataCell label="Delayed" align="right">
                  {one.delayed}
                </DataCell>
                <DataCell label="In work" align="right">
                  {one.inWork}
                </DataCell>
                <DataCell label="Parked" align="right" data-testid="queue-parked" className={one.parked > 0 ? 'font-medium text-short' : ''}>
                  {one.parked}
                </DataCell>
                <DataCell label="Oldest" align="right">
                  {one.oldestReadyAt === null ? '–' : <TimeAgo at={one.oldestReadyAt} />}
                </DataCell>
              </DataRow>
            ))}
          </DataTable>
        </div>
      ) : (
        <CardWait query={queues} what="the queues" />
      )}
    </Card>
  );
}

function Parked() {
  const parked = useQuery({ queryKey: opsKeys.parked, queryFn: ({ signal }) => fetchParked(signal), refetchInterval: LIVE_MS });
  const [shown, setShown] = useState<number | null>(null);
  const [isAsking, setAsking] = useState(false);
  const rows = parked.data?.messages;
  return (
    <Card
      title="Parked messages"
      description="They failed on every try. Find the cause, then retry them: what has succeeded meanwhile changes nothing."
      testId="parked"
      action={
        rows !== undefined &&
        rows.length > 0 && (
          <Button data-testid="retry-all" onClick={() => setAsking(true)}>
            Retry all
          </Button>
        )
      }
    >
      {rows === undefined ? (
        <CardWait query={parked} what="the parked messages" />
      ) : rows.length === 0 ? (
        <div className="border-t border-line">
          <PanelState icon={CircleCheck} title="Nothing is parked" />
        </div>
      ) : (
        <Rows label="Parked messages">
          {rows.map((row) => (
            <Row
              key={row.id}
              testId="parked-row"
              title={
                <>
                  {row.actor}
                  {row.subject !== '' && <span className="font-normal text-ink-muted">{row.subject}</span>}
                  {row.state !== 'parked' && <Badge>{row.state}</Badge>}
                  {row.times > 1 && <Badge tone="warn">{row.times} times</Badge>}
                </>
              }
              action={
                <Button size="sm" data-testid="parked-look" onClick={() => setShown(row.id)}>
                  Look
                </Button>
              }
            >
              <span className="break-words text-short">{row.error}</span> · <TimeAgo at={row.newestAt} />
            </Row>
          ))}
        </Rows>
      )}
      {shown !== null && <MessageDialog id={shown} onClose={() => setShown(null)} />}
      {isAsking && (
        <ReasonDialog
          title="Retry all parked messages"
          description="Each goes back into its queue, 500 at once."
          submitLabel="Retry all"
          done="They are in their queues again"
          send={retryAll}
          onClose={() => setAsking(false)}
        />
      )}
    </Card>
  );
}
