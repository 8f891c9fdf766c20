import { expect, test } from 'vitest';
import { makeOrder } from '@/testing/factories';
import { type Pending, asAsked, pendingStore, whilePending } from './pending';

/** A promise and its ends; the language's own is newer than the page's target. */
function withResolvers<Value>() {
  let resolve!: (value: Value) => void;
  let reject!: (reason: Error) => void;
  const promise = new Promise<Value>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

const shownOf = (orderId: string) => pendingStore.getState().byOrder[orderId] ?? null;
const amending = (takeProfit: number): Pending => ({ kind: 'amending', shown: { takeProfit } });

test('what was asked is shown until the answer, and no longer', async () => {
  const { promise, resolve } = withResolvers<string>();
  const answer = whilePending('order-1', amending(700_000_000), promise);
  expect(asAsked(makeOrder(), shownOf('order-1')).takeProfit).toBe(700_000_000);
  resolve('done');
  expect(await answer).toBe('done');
  expect(asAsked(makeOrder(), shownOf('order-1')).takeProfit).toBeNull();
});

test('a refusal takes it back too, and goes on to who asked', async () => {
  const { promise, reject } = withResolvers<never>();
  const answer = whilePending('order-1', { kind: 'closing' }, promise);
  reject(new Error('no'));
  await expect(answer).rejects.toThrow('no');
  expect(shownOf('order-1')).toBeNull();
});

test('of two at once the later is shown, whichever is answered first', async () => {
  const first = withResolvers<string>();
  const second = withResolvers<string>();
  const answers = [
    whilePending('order-1', amending(1), first.promise),
    whilePending('order-1', amending(2), second.promise),
  ];
  first.resolve('first');
  await answers[0];
  expect(shownOf('order-1')).toEqual(amending(2));
  second.resolve('second');
  await answers[1];
  expect(shownOf('order-1')).toBeNull();
});
