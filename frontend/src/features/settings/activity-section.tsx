import { useInfiniteQuery } from '@tanstack/react-query';
import { CircleAlert, ShieldAlert, ShieldCheck } from 'lucide-react';
import { Button } from '@/components/ui/button';
import { PanelState } from '@/components/ui/panel-state';
import { formatDateTime, isoTime } from '@/lib/time';
import { describeDevice } from '@/lib/user-agent';
import { type SecurityEvent, fetchEvents, settingsKeys } from './api';
import { Card, CardWait, Row, Rows } from '@/components/card';
import { eventWords } from './event-words';
import { useWayWords } from './use-way-words';

const PAGE_SIZE = 20;

export function ActivitySection() {
  const pages = useInfiniteQuery({
    queryKey: settingsKeys.events,
    queryFn: ({ pageParam, signal }) => fetchEvents(pageParam, PAGE_SIZE, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });
  const events = pages.data?.pages.flatMap((page) => page.events);
  return (
    <Card
      testId="activity"
      title="Security activity"
      description="What happened to your account’s safety, newest first. Times are in UTC."
    >
      {events === undefined ? <CardWait query={pages} what="your activity" /> : <Events events={events} />}
      {pages.hasNextPage && (
        <div className="flex justify-center border-t border-line p-3">
          <Button
            size="sm"
            data-testid="activity-more"
            disabled={pages.isFetchingNextPage}
            onClick={() => void pages.fetchNextPage()}
          >
            {pages.isFetchingNextPage ? 'Loading…' : 'Load more'}
          </Button>
        </div>
      )}
    </Card>
  );
}

function Events({ events }: { events: readonly SecurityEvent[] }) {
  const wayWords = useWayWords();
  if (events.length === 0) {
    return (
      <div className="border-t border-line">
        <PanelState icon={ShieldCheck} title="Nothing yet" />
      </div>
    );
  }
  return (
    <Rows label="Security events">
      {events.map((event) => {
        const { sentence, isAlarming } = eventWords(event, wayWords);
        const Icon = isAlarming ? (event.kind === 'sign_in_failed' ? CircleAlert : ShieldAlert) : ShieldCheck;
        return (
          <Row
            key={event.id}
            testId="event-row"
            icon={<Icon className={isAlarming ? 'size-4.5 text-warn' : 'size-4.5'} strokeWidth={1.75} />}
            title={sentence}
          >
            <time dateTime={isoTime(event.at)}>{formatDateTime(event.at)}</time> · {event.address}
            {event.userAgent !== '' && <> · {describeDevice(event.userAgent).name}</>}
          </Row>
        );
      })}
    </Rows>
  );
}
