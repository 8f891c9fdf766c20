import { useQuery } from '@tanstack/react-query';
import { CircleAlert, CircleCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import { Card, CardWait, Row, Rows } from '@/components/card';
import { TimeAgo } from '@/components/time-ago';
import { Badge } from '@/components/ui/badge';
import { type Column, DataCell, DataRow, DataTable } from '@/components/ui/data-table';
import { Figure, FigureList } from '@/components/ui/figure-list';
import { LIVE_MS, type System, fetchSystem, opsKeys } from './api';
import { troubles } from './troubles';

const COLUMNS: readonly Column[] = [
  { title: 'Process' },
  { title: 'Where' },
  { title: 'Version', align: 'right' },
  { title: 'Started', align: 'right' },
  { title: 'Memory', align: 'right' },
];
const MIB = 1024 * 1024;

/** What the desk runs on, and how far its parts are behind. */
export function SystemPage() {
  const system = useQuery({ queryKey: opsKeys.system, queryFn: ({ signal }) => fetchSystem(signal), refetchInterval: LIVE_MS });
  if (!system.data) {
    return (
      <Card title="System" testId="system">
        <CardWait query={system} what="the system" />
      </Card>
    );
  }
  return (
    <>
      <Status system={system.data} />
      <Lags system={system.data} />
      <Processes system={system.data} />
      <Servers servers={system.data.servers} />
    </>
  );
}

function Status({ system }: { system: System }) {
  const found = troubles(system);
  return (
    <Card title="System" description="Every part of the desk, as it is now." testId="system">
      <Rows label="Status">
        {found.length === 0 && <Row icon={<CircleCheck className="size-4 text-long" aria-hidden />} title="All parts are well" testId="all-well" />}
        {found.map(({ title, help }) => (
          <Row key={title} icon={<CircleAlert className="size-4 text-short" aria-hidden />} title={title} testId="trouble">
            {help}
          </Row>
        ))}
      </Rows>
    </Card>
  );
}

function Lags({ system }: { system: System }) {
  const { journal, snapshots, batcher, feed, relay } = system;
  return (
    <Card title="Behind" description="How far what is kept is behind what happens, and how prices are on their way." testId="lags">
      <div className="border-t border-line px-5 py-4 sm:px-6">
        <FigureList>
          <Figure label="Journal" testId="journal-lag">
            {journal === null ? <Unknown /> : `${Math.max(0, ...journal.map((one) => one.seconds)).toFixed(1)} s`}
          </Figure>
          <Figure label="Snapshots" testId="snapshot-lag">
            {snapshots === null ? <Unknown /> : `${snapshots.accounts} accounts, ${snapshots.seconds.toFixed(0)} s · ${mebibytes(snapshots.keptBytes)} kept`}
          </Figure>
          <Figure label="Trades in Kafka, not yet stored" testId="batcher-lag">
            {batcher === null ? <Unknown /> : `${batcher.lag} · ${batcher.batchesInFlight} batches on their way`}
          </Figure>
          <Figure label="Feed, from receipt to order state" testId="feed-lag">
            {feed === null ? <Unknown /> : `${(feed.lagUs / 1000).toFixed(1)} ms · ${feed.queued} queued`}
          </Figure>
          <Figure label="Feed, not acknowledged by Kafka">{feed === null ? <Unknown /> : feed.unacknowledged}</Figure>
          <Figure label="Gaps and reconnects">
            {feed === null || feed.gaps === null ? '–' : `${feed.gaps} · ${feed.reconnects ?? 0}`}
          </Figure>
          <Figure label="Clients of the stream">
            {relay === null ? 'none yet' : `${relay.clients} · ${relay.closed} closed · ${relay.slow} times slow`}
          </Figure>
        </FigureList>
      </div>
    </Card>
  );
}

function Processes({ system }: { system: System }) {
  return (
    <Card title="Processes" description="Each says every two seconds that it lives." testId="processes">
      <div className="overflow-x-auto border-t border-line px-2 pb-2">
        <DataTable columns={COLUMNS} caption="Processes" testId="processes-table">
          {system.missing.map((name) => (
            <DataRow key={name} data-testid={`process-${name}`}>
              <DataCell label="Process" className="font-medium text-ink">
                {name}
              </DataCell>
              <DataCell label="Where">
                <Badge tone="warn">missing</Badge>
              </DataCell>
            </DataRow>
          ))}
          {system.processes.map((one) => (
            <DataRow key={one.instance} data-testid={`process-${one.process}`}>
              <DataCell label="Process" className="font-medium text-ink">
                {one.process}
              </DataCell>
              <DataCell label="Where">{one.instance}</DataCell>
              <DataCell label="Version" align="right">
                {one.version}
              </DataCell>
              <DataCell label="Started" align="right">
                <TimeAgo at={one.since} />
              </DataCell>
              <DataCell label="Memory" align="right">
                {mebibytes(one.residentBytes)}
              </DataCell>
            </DataRow>
          ))}
        </DataTable>
      </div>
    </Card>
  );
}

function Servers({ servers }: { servers: System['servers'] }) {
  return (
    <Card title="Servers" testId="servers">
      <Rows label="Servers">
        {servers.map((one) => (
          <Row key={one.name} testId="server" title={one.name} action={one.version === null && <Badge tone="warn">away</Badge>}>
            {one.version ?? one.error}
          </Row>
        ))}
      </Rows>
    </Card>
  );
}

function Unknown(): ReactNode {
  return <span className="text-ink-faint">not known</span>;
}

/** `12.3 MiB`. */
function mebibytes(bytes: number): string {
  return `${(bytes / MIB).toFixed(bytes < 10 * MIB ? 1 : 0)} MiB`;
}
