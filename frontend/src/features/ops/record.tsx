import { useQuery } from '@tanstack/react-query';
import { NotebookPen } from 'lucide-react';
import { useState } from 'react';
import { Card, CardWait, Row, Rows } from '@/components/card';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { PanelState } from '@/components/ui/panel-state';
import { formatDateTime } from '@/lib/time';
import { type ActionRow, LIVE_MS, fetchActions, opsKeys } from './api';

/** Who did what, when and why; of one subject alone, if one is given. */
export function Record({ subject = null }: { subject?: string | null }) {
  const [page, setPage] = useState(1);
  const actions = useQuery({
    queryKey: opsKeys.actions(subject, page),
    queryFn: ({ signal }) => fetchActions(subject, page, signal),
    refetchInterval: LIVE_MS,
    placeholderData: (before) => before,
  });
  const rows = actions.data?.actions;
  return (
    <Card title="Record" description="What operators did, and why. Written down before it is done." testId="record">
      {rows === undefined ? (
        <CardWait query={actions} what="the record" />
      ) : rows.length === 0 ? (
        <div className="border-t border-line">
          <PanelState icon={NotebookPen} title="Nothing has been done yet" />
        </div>
      ) : (
        <Rows label="Actions">
          {rows.map((row) => (
            <Action key={row.actionId} row={row} />
          ))}
        </Rows>
      )}
      {(page > 1 || actions.data?.more) && (
        <div className="flex justify-between border-t border-line px-5 py-3 sm:px-6">
          <Button size="sm" disabled={page === 1} onClick={() => setPage(page - 1)}>
            Newer
          </Button>
          <Button size="sm" disabled={!actions.data?.more} onClick={() => setPage(page + 1)}>
            Older
          </Button>
        </div>
      )}
    </Card>
  );
}

function Action({ row }: { row: ActionRow }) {
  const details = Object.entries(row.details)
    .filter(([, value]) => value !== null && value !== false)
    .map(([name, value]) => `${name} ${String(value)}`);
  return (
    <Row
      testId="record-row"
      title={
        <>
          {row.kind.replaceAll('_', ' ')}
          <span className="font-normal text-ink-muted">{[row.subject, ...details].join(' · ')}</span>
          {row.outcome === 'failed' && <Badge tone="short">failed</Badge>}
          {row.outcome === null && <Badge tone="warn">not known to be done</Badge>}
        </>
      }
    >
      “{row.reason}” · {row.operator} from {row.address} · {formatDateTime(row.at)} UTC
      {row.error !== null && <span className="block text-short">{row.error}</span>}
    </Row>
  );
}
