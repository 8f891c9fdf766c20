import { expect, test } from 'vitest';
import { makeClosedOrder } from '@/testing/factories';
import { closeReasonWords, closeSentence } from './close-reasons';

test.each([
  ['take_profit', 979, 'BTC long closed by take profit · +$9.79'],
  ['manual', -12, 'BTC long closed by you · -$0.12'],
  ['liquidation', -10_000, 'BTC long liquidated · -$100.00'],
] as const)('a closing by %s is told with its result', (closeReason, pnl, words) => {
  expect(closeSentence(makeClosedOrder({ closeReason, pnl }))).toBe(words);
});

test('a reason this page doesn’t know is shown as the server names it', () => {
  expect(closeReasonWords('margin_call' as 'manual')).toBe('margin call');
});
