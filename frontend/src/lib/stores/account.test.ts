import { beforeEach, describe, expect, test } from 'vitest';
import { makeClosedOrder, makeOrder } from '@/testing/factories';
import { type AccountEvent, accountStore, resumableSeq } from './account';

const store = () => accountStore.getState();

function opened(seq: number, orderId = 'order-1', balanceCents = 489_950): AccountEvent {
  return { kind: 'opened', seq, balanceCents, order: makeOrder({ orderId }) };
}

function closed(seq: number, orderId = 'order-1', balanceCents = 500_879): AccountEvent {
  return { kind: 'closed', seq, balanceCents, order: makeClosedOrder({ orderId }) };
}

describe('the account store', () => {
  beforeEach(() => {
    store().reset();
    store().endFetch({ orders: [], balanceCents: 500_000 });
  });

  test('an opened order is added and the balance follows the event', () => {
    expect(store().apply(opened(1))).toBe('applied');
    expect(Object.keys(store().orders)).toEqual(['order-1']);
    expect(store().balanceCents).toBe(489_950);
  });

  test('a closed order leaves the positions and stands on top of what closed', () => {
    store().apply(opened(1));
    store().apply(closed(2));
    expect(store().orders).toEqual({});
    expect(store().recentlyClosed.map((order) => order.orderId)).toEqual(['order-1']);
    expect(store().balanceCents).toBe(500_879);
  });

  test('an event seen before changes nothing', () => {
    store().apply(opened(1));
    store().apply(closed(2));
    expect(store().apply(opened(1))).toBe('repeated');
    expect(store().orders).toEqual({});
  });

  test('a missed event is noticed, and the one that came counts all the same', () => {
    store().apply(opened(1));
    expect(store().apply(opened(3, 'order-3'))).toBe('gap');
    expect(Object.keys(store().orders)).toEqual(['order-1', 'order-3']);
    expect(store().apply(opened(4, 'order-4'))).toBe('applied');
  });

  test('after a reconnect the first event is no gap', () => {
    store().apply(opened(1));
    store().forgetSeq();
    expect(store().apply(opened(9, 'order-9'))).toBe('applied');
  });

  test('what was fetched with its number is gone on from', () => {
    store().reset();
    store().endFetch({ orders: [], balanceCents: 500_000, seq: 7 });
    expect(resumableSeq()).toBe(7);
    expect(store().apply(opened(7))).toBe('repeated');
    expect(store().apply(opened(8))).toBe('applied');
    expect(store().apply(opened(10, 'order-10'))).toBe('gap');
  });

  test('without a state there is nothing to go on from', () => {
    store().reset();
    store().apply(opened(7));
    expect(resumableSeq()).toBeNull();
  });

  test('a fetch that is ahead of the events isn’t undone by them, and what closed is told all the same', () => {
    store().apply(opened(1));
    store().endFetch({ orders: [makeOrder({ orderId: 'order-3' })], balanceCents: 490_829, seq: 3 });
    expect(store().apply(closed(2))).toBe('applied');
    expect(store().recentlyClosed.map((order) => order.orderId)).toEqual(['order-1']);
    expect(store().balanceCents).toBe(490_829);
    expect(store().apply(opened(3, 'order-3', 490_829))).toBe('applied');
    store().apply(opened(4, 'order-4', 480_779));
    expect(Object.keys(store().orders)).toEqual(['order-3', 'order-4']);
    expect(store().balanceCents).toBe(480_779);
  });

  test('what was missed is applied at once: whoever looks sees the last state and none between', () => {
    const seen: (number | null)[] = [];
    const stop = accountStore.subscribe((state) => seen.push(state.balanceCents));
    store().apply(opened(1));
    const missed = [opened(1), closed(2), opened(3, 'order-3', 490_829)];
    expect(store().catchUp(missed)).toEqual({ fresh: missed.slice(1), hasGap: false });
    stop();
    expect(seen).toEqual([489_950, 490_829]);
    expect(store().lastSeq).toBe(3);
  });

  test('a hole in what was missed is noticed', () => {
    store().apply(opened(1));
    expect(store().catchUp([opened(3, 'order-3')]).hasGap).toBe(true);
  });

  test('a snapshot stands for all before it, even of a desk that was set back', () => {
    store().endFetch({ orders: [makeOrder()], balanceCents: 1, seq: 8 });
    const snapshot: AccountEvent = { kind: 'snapshot', seq: 5, balanceCents: 400_000, orders: [makeOrder({ orderId: 'order-5' })] };
    expect(store().catchUp([snapshot, opened(6, 'order-6', 390_000)]).hasGap).toBe(false);
    expect(Object.keys(store().orders)).toEqual(['order-5', 'order-6']);
    expect(store().balanceCents).toBe(390_000);
    expect(resumableSeq()).toBe(6);
  });

  test('a snapshot that comes while a fetch is under way is not undone by its older answer', () => {
    store().beginFetch();
    store().apply({ kind: 'snapshot', seq: 5, balanceCents: 400_000, orders: [] });
    store().endFetch({ orders: [makeOrder()], balanceCents: 489_950, seq: 4 });
    expect(store().orders).toEqual({});
    expect(store().balanceCents).toBe(400_000);
  });

  test('a snapshot of before our own closing does not bring the order back', () => {
    store().put(makeOrder());
    store().remove('order-1');
    store().apply({ kind: 'snapshot', seq: 5, balanceCents: 1, orders: [makeOrder()] });
    expect(store().orders).toEqual({});
  });

  test('events that come while a fetch is under way are not undone by its older answer', () => {
    store().apply(opened(1));
    store().beginFetch();
    store().apply(closed(2));
    store().apply(opened(3, 'order-3', 479_900));
    store().endFetch({ orders: [makeOrder()], balanceCents: 489_950 });
    expect(Object.keys(store().orders)).toEqual(['order-3']);
    expect(store().balanceCents).toBe(479_900);
  });

  test('the answer to our own request does not bring back an order that closed meanwhile', () => {
    store().apply(opened(1));
    store().apply(closed(2));
    store().put(makeOrder());
    expect(store().orders).toEqual({});
  });

  test('a late opening event does not bring back an order our answer closed', () => {
    store().put(makeOrder());
    store().remove('order-1');
    store().apply(opened(1));
    expect(store().orders).toEqual({});
  });

  test('a failed refresh keeps what is shown, a failed first fetch says so', () => {
    store().beginFetch();
    store().failFetch(new Error('down'));
    expect(store().status).toBe('ready');
    store().reset();
    store().beginFetch();
    store().failFetch(new Error('down'));
    expect(store().status).toBe('error');
  });
});
