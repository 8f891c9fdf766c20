import { useEffect, useMemo, useRef, useState } from 'react';
import { toast } from 'sonner';
import type { Order } from '@/lib/api/types';
import { useModifyOrder } from '@/lib/orders/use-modify-order';
import { accountStore, useAccount } from '@/lib/stores/account';
import { priceStore } from '@/lib/stores/prices';
import { changeOf, judge } from './amend';
import { type Level, type TriggerKind, levelAt, levelId, levelsOf, withProposals } from './levels';

/** A trigger that is being moved, and not sent yet. */
export interface Amendment {
  orderId: string;
  kind: TriggerKind;
  raw: number;
  /** A pointer sends by letting go; with keys one says so. */
  by: 'pointer' | 'keys';
  hasMoved: boolean;
}

export interface Amending {
  levels: readonly Level[];
  amendment: Amendment | null;
  /** The levels that were sent and are waiting for their answer. */
  sent: ReadonlySet<string>;
  begin: (order: Order, kind: TriggerKind, raw: number, by: Amendment['by']) => void;
  move: (raw: number) => void;
  finish: () => void;
  cancel: () => void;
}

/**
 * Moving triggers: what is proposed stands in the chart at once, goes to the server when it is let go, and back to
 * where the server has it when it is refused.
 */
export function useAmending(symbol: string): Amending {
  const orders = useAccount((state) => state.orders);
  const [held, setHeld] = useState<Amendment | null>(null);
  const [sent, setSent] = useState<readonly Level[]>([]);
  const send = useModifyOrder().mutateAsync;

  // Its position may have been closed meanwhile, or another asset be shown.
  const amendment = held && orders[held.orderId]?.asset === symbol ? held : null;
  const latest = useRef(amendment);
  useEffect(() => {
    latest.current = amendment;
  });
  const set = (next: Amendment | null) => {
    latest.current = next;
    setHeld(next);
  };

  const submit = async (level: Level & { kind: TriggerKind }) => {
    const quote = priceStore.getState().quotes[symbol];
    const { refusal } = judge(level.order, level.kind, level.raw, quote ?? null);
    if (refusal !== null || !quote) {
      toast.error('Not changed', { description: `${refusal ?? 'There is no price yet'}.` });
      return;
    }
    const change = changeOf(level, quote);
    if (!change) return;
    setSent((before) => [...before.filter(({ id }) => id !== level.id), level]);
    // The mutation tells of a refusal itself.
    await send(change).catch(() => undefined);
    setSent((before) => before.filter((other) => other !== level));
  };

  const levels = useMemo(() => {
    const open = sent.filter(({ order }) => orders[order.orderId]?.asset === symbol);
    const order = amendment && orders[amendment.orderId];
    const moved = order ? [levelAt(order, amendment.kind, amendment.raw, { isProposed: true })] : [];
    return withProposals(levelsOf(orders, symbol), [...open, ...moved]);
  }, [orders, symbol, sent, amendment]);

  return {
    levels,
    amendment,
    sent: useMemo(() => new Set(sent.map(({ id }) => id)), [sent]),
    begin: (order, kind, raw, by) => set({ orderId: order.orderId, kind, raw, by, hasMoved: false }),
    move: (raw) => {
      const { current } = latest;
      if (current) set({ ...current, raw, hasMoved: true });
    },
    cancel: () => set(null),
    finish: () => {
      const { current } = latest;
      const order = current && accountStore.getState().orders[current.orderId];
      set(null);
      if (!order) return;
      const level = levelAt(order, current.kind, current.raw, { isProposed: true });
      void submit({ ...level, kind: current.kind });
    },
  };
}

export function isAmended(amendment: Amendment | null, level: Level): boolean {
  return amendment !== null && levelId(amendment.orderId, amendment.kind) === level.id;
}
