import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Card, CardWait } from '@/components/card';
import { TimeAgo } from '@/components/time-ago';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { type Column, DataCell, DataRow, DataTable } from '@/components/ui/data-table';
import { LIVE_MS, fetchActors, opsKeys, pauseActor } from './api';
import { type ActorList, type ActorRow, donePerMinute } from './rates';
import { ReasonDialog } from './reason-dialog';

const COLUMNS: readonly Column[] = [
  { title: 'Actor' },
  { title: 'A minute', align: 'right' },
  { title: 'Done', align: 'right' },
  { title: 'Failed', align: 'right' },
  { title: 'Parked', align: 'right' },
  { title: '', align: 'right', width: 'w-28' },
];

/** A rate over less than this says little. */
const APART_MS = 10_000;

/** Kinds of background work: how they fare, and pausing one. */
export function ActorsCard() {
  const actors = useQuery({ queryKey: opsKeys.actors, queryFn: ({ signal }) => fetchActors(signal), refetchInterval: LIVE_MS });
  const earlier = useEarlier(actors.data);
  const [asked, setAsked] = useState<ActorRow | null>(null);
  return (
    <Card
      title="Actors"
      description="Kinds of work. What is paused waits, and others of its queue go on. Counts are of the workers that live."
      testId="actors"
    >
      {actors.data ? (
        <div className="overflow-x-auto border-t border-line px-2 pb-2">
          <DataTable columns={COLUMNS} caption="Actors" testId="actors-table">
            {actors.data.actors.map((one) => (
              <Actor key={one.actor} actor={one} perMinute={donePerMinute(earlier, actors.data, one.actor)} onAsk={() => setAsked(one)} />
            ))}
          </DataTable>
        </div>
      ) : (
        <CardWait query={actors} what="the actors" />
      )}
      {asked && <PauseDialog actor={asked} onClose={() => setAsked(null)} />}
    </Card>
  );
}

function Actor({ actor, perMinute, onAsk }: { actor: ActorRow; perMinute: number | null; onAsk: () => void }) {
  return (
    <DataRow data-testid={`actor-${actor.actor}`}>
      <DataCell label="Actor" className="font-medium text-ink">
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
          {actor.actor}
          {actor.pausedSince !== null && (
            <Badge tone="warn">
              <span title={actor.pausedWhy ?? ''}>
                paused <TimeAgo at={actor.pausedSince} />
              </span>
            </Badge>
          )}
        </span>
      </DataCell>
      <DataCell label="A minute" align="right">
        {perMinute === null ? '–' : Math.round(perMinute)}
      </DataCell>
      <DataCell label="Done" align="right">
        {actor.done}
      </DataCell>
      <DataCell label="Failed" align="right" className={actor.failed > 0 ? 'text-warn' : ''}>
        {actor.failed + actor.away}
      </DataCell>
      <DataCell label="Parked" align="right" className={actor.parked > 0 ? 'text-short' : ''}>
        {actor.parked}
      </DataCell>
      <DataCell label="" align="right">
        {actor.mayPause && (
          <Button size="sm" data-testid="actor-pause" aria-label={`${verbOf(actor)} ${actor.actor}`} onClick={onAsk}>
            {verbOf(actor)}
          </Button>
        )}
      </DataCell>
    </DataRow>
  );
}

function PauseDialog({ actor, onClose }: { actor: ActorRow; onClose: () => void }) {
  const isPaused = actor.pausedSince !== null;
  return (
    <ReasonDialog
      title={`${verbOf(actor)} ${actor.actor}`}
      description={
        isPaused ? 'What has waited is done within some seconds.' : 'None of its messages is started until you resume it. None is lost.'
      }
      submitLabel={verbOf(actor)}
      done={isPaused ? `${actor.actor} goes on` : `${actor.actor} is paused`}
      send={(reason) => pauseActor(actor.actor, !isPaused, reason)}
      onClose={onClose}
    />
  );
}

const verbOf = (actor: ActorRow) => (actor.pausedSince === null ? 'Pause' : 'Resume');

/** The answer of some seconds before this one. */
function useEarlier(now: ActorList | undefined): ActorList | null {
  const answers = useRef<ActorList[]>([]);
  const [earlier, setEarlier] = useState<ActorList | null>(null);
  useEffect(() => {
    if (now === undefined) return;
    answers.current = [...answers.current.filter((one) => now.at - one.at <= 2 * APART_MS), now];
    setEarlier(answers.current.find((one) => now.at - one.at >= APART_MS / 2) ?? null);
  }, [now]);
  return earlier;
}
