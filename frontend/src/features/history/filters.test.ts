import { expect, test } from 'vitest';
import { makeClosedOrder } from '@/testing/factories';
import { type Filters, NO_FILTERS, isFiltered, matches, parseFilters, queryOf, rangeOf } from './filters';

const NOW = Date.parse('2026-03-10T15:30:00Z');
const with_ = (part: Partial<Filters>): Filters => ({ ...NO_FILTERS, ...part });

test('without a choice nothing is narrowed', () => {
  expect(isFiltered(NO_FILTERS)).toBe(false);
  expect(Object.values(queryOf(NO_FILTERS, NOW)).every((value) => value === null)).toBe(true);
  expect(matches(makeClosedOrder(), NO_FILTERS, NOW)).toBe(true);
});

test('the API is asked in its own words', () => {
  const filters = with_({ asset: 'ETH', side: 'sell', outcome: 'lost', reason: 'triggers', period: '7d' });
  expect(isFiltered(filters)).toBe(true);
  expect(queryOf(filters, NOW)).toEqual({
    asset: 'ETH',
    type: 'sell',
    outcome: 'lost',
    reason: 'take_profit,stop_loss,trailing_stop,liquidation',
    from: Date.parse('2026-03-04T00:00:00Z'),
    to: null,
  });
});

test('a span of days holds its first and its last day whole, and may be open at either end', () => {
  const custom = (from: string, to: string) => rangeOf(with_({ period: 'custom', from, to }), NOW);
  expect(custom('2026-03-01', '2026-03-02')).toEqual({
    from: Date.parse('2026-03-01T00:00:00.000Z'),
    to: Date.parse('2026-03-02T23:59:59.999Z'),
  });
  expect(custom('', '2026-03-02').from).toBeNull();
  expect(custom('2026-03-01', '').to).toBeNull();
  expect(custom('2026-99-01', 'soon')).toEqual({ from: null, to: null });
  expect(rangeOf(with_({ period: 'today' }), NOW)).toEqual({ from: Date.parse('2026-03-10T00:00:00Z'), to: null });
});

test.each<[Partial<Filters>, boolean]>([
  [{ asset: 'BTC' }, true],
  [{ asset: 'ETH' }, false],
  [{ side: 'sell' }, false],
  [{ reason: 'triggers' }, true],
  [{ reason: 'by_you' }, false],
  [{ outcome: 'won' }, true],
  [{ outcome: 'lost' }, false],
  [{ period: 'today' }, false],
])('what a message told of belongs to what is shown: %o', (part, expected) => {
  const order = makeClosedOrder({ netPnl: 879, closeReason: 'take_profit', closeTimestamp: NOW - 86_400_000 });
  expect(matches(order, with_(part), NOW)).toBe(expected);
});

test('a result that the database hasn’t told yet is not guessed', () => {
  for (const outcome of ['won', 'lost'] as const) expect(matches(makeClosedOrder(), with_({ outcome }), NOW)).toBe(false);
});

test('what was kept is taken as far as it is known', () => {
  const filters = with_({ asset: 'SOL', reason: 'stop_loss', period: 'custom', from: '2026-01-01' });
  expect(parseFilters(JSON.parse(JSON.stringify(filters)))).toEqual(filters);
  expect(parseFilters({ asset: '<b>', side: 7, outcome: 'drawn', reason: 'whim', period: 'year', from: 3 })).toEqual(NO_FILTERS);
  expect(parseFilters('nothing')).toBeNull();
});
