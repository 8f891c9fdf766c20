import type { Schemas } from '@/lib/api/types';

export type ActorList = Schemas['ActorList'];
export type ActorRow = Schemas['ActorRow'];

const MINUTE_MS = 60_000;

/**
 * Messages done a minute since the earlier answer; null when nothing can be said: there is no earlier one, or a worker
 * ended in between, whose count is gone.
 */
export function donePerMinute(earlier: ActorList | null, now: ActorList, actor: string): number | null {
  const [before, after] = [earlier, now].map((list) => list?.actors.find((one) => one.actor === actor)?.done);
  if (earlier === null || before === undefined || after === undefined || after < before || now.at <= earlier.at) return null;
  return ((after - before) * MINUTE_MS) / (now.at - earlier.at);
}
