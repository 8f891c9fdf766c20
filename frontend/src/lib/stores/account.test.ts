import { beforeEach, describe, expect, test } from 'vitest';
import { makeClosedOrder, makeOrder } from '@/testing/factories';
import { type AccountEvent, accountStore } from './account';

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
