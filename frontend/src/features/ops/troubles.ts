import type { Schemas } from '@/lib/api/types';

type System = Schemas['System'];

export interface Trouble {
  title: string;
  help: string;
}

// As the alert rules have them (deploy/prometheus/alerts.yml).
const JOURNAL_S = 30;
const SNAPSHOTS_S = 300;
const TRADES = 50_000;
const UNACKNOWLEDGED = 20_000;

/** What is wrong with the desk, the gravest first; nothing when all is well. */
export function troubles(system: System): Trouble[] {
  const { journal, snapshots, batcher, feed } = system;
  const behind = Math.max(0, ...(journal ?? []).map((one) => one.seconds));
  const versions = new Set(system.processes.map((one) => one.version));
  return [
    ...system.servers
      .filter((one) => one.version === null)
      .map((one) => ({ title: `${one.name} doesn't answer`, help: one.error ?? '' })),
    ...system.missing.map((name) => ({ title: `No ${name} process lives`, help: 'Its log says why it ended.' })),
    ...when(behind > JOURNAL_S, `PostgreSQL is ${behind.toFixed(0)} s behind what is traded`, 'Look at the queue orders.'),
    ...when((snapshots?.seconds ?? 0) > SNAPSHOTS_S, 'Snapshots are old', 'A restore takes longer: look at the queue snapshots.'),
    ...when((batcher?.lag ?? 0) > TRADES, 'Trades are far behind the feed', 'Look at the queue trades, and at PostgreSQL.'),
    ...when((feed?.unacknowledged ?? 0) > UNACKNOWLEDGED, "Kafka doesn't take the feed's trades", 'It is away, or full.'),
    ...when(versions.size > 1, 'Processes of different versions', `${[...versions].join(', ')}: an upgrade is half done.`),
  ];
}

function when(is: boolean, title: string, help: string): Trouble[] {
  return is ? [{ title, help }] : [];
}
