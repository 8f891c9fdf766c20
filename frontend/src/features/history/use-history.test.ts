import { expect, test } from 'vitest';
import { makeClosedOrder } from '@/testing/factories';
import { mergeHistory } from './use-history';

test('what just closed stands on top, once, in the database’s words as soon as it has them', () => {
  const recent = [makeClosedOrder({ orderId: 'b', closeTimestamp: 2, fee: 0 }), makeClosedOrder({ orderId: 'c', closeTimestamp: 3 })];
  const fetched = [makeClosedOrder({ orderId: 'b', closeTimestamp: 2, fee: 50 }), makeClosedOrder({ orderId: 'a', closeTimestamp: 1 })];
  expect(mergeHistory(recent, fetched).map(({ orderId, fee }) => [orderId, fee])).toEqual([
    ['c', 50],
    ['b', 50],
    ['a', 50],
  ]);
});
