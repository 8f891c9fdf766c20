import { describe, expect, it } from 'vitest';
import type { System } from './api';
import { troubles } from './troubles';

const WELL: System = {
  at: 0,
  processes: [{ process: 'web', instance: 'a:1', version: '1.0.0', since: 0, seen: 0, residentBytes: 0, cpuSeconds: 0 }],
  missing: [],
  servers: [{ name: 'PostgreSQL', version: 'PostgreSQL 17.2', error: null }],
  journal: [{ shard: 0, seconds: 0.2 }],
  snapshots: { accounts: 1, seconds: 4, keptBytes: 98304 },
  batcher: { lag: 12, batchesInFlight: 1 },
  feed: { ticks: 5, lagUs: 800, queued: 0, unacknowledged: 3, gaps: 0, reconnects: 1 },
  relay: null,
  unread: {},
};
const titles = (changed: Partial<System>) => troubles({ ...WELL, ...changed }).map(({ title }) => title);

describe('troubles', () => {
  it('are none when all is well', () => {
    expect(titles({})).toEqual([]);
    expect(titles({ journal: null, snapshots: null, batcher: null, feed: null })).toEqual([]);
  });

  it('name what is away, missing, behind, or of two versions', () => {
    expect(titles({ servers: [{ name: 'Queues', version: null, error: 'ConnectionError' }] })).toEqual(["Queues doesn't answer"]);
    expect(titles({ missing: ['poller', 'worker'] })).toEqual(['No poller process lives', 'No worker process lives']);
    expect(titles({ journal: [{ shard: 0, seconds: 0 }, { shard: 1, seconds: 45.4 }] })).toEqual(['PostgreSQL is 45 s behind what is traded']);
    expect(titles({ snapshots: { accounts: 9, seconds: 301, keptBytes: 98304 } })).toEqual(['Snapshots are old']);
    expect(titles({ batcher: { lag: 50_001, batchesInFlight: 8 } })).toEqual(['Trades are far behind the feed']);
    expect(titles({ processes: [...WELL.processes, { ...WELL.processes[0]!, instance: 'b:1', version: '1.1.0' }] })).toEqual([
      'Processes of different versions',
    ]);
  });
});
