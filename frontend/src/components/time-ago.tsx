import { useNow } from '@/lib/now';
import { formatAgo, formatDateTime, isoTime } from '@/lib/time';

/** How long ago; the exact time shows on pointing at it. */
export function TimeAgo({ at }: { at: number }) {
  const now = useNow();
  return (
    <time dateTime={isoTime(at)} title={`${formatDateTime(at)} UTC`}>
      {formatAgo(at, now)}
    </time>
  );
}
