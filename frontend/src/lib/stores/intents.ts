import { useEffect, useRef } from 'react';
import type { Side } from '@/lib/api/types';

/** The tabs under the chart. */
export type LedgerId = 'positions' | 'history' | 'performance' | 'account';

/**
 * What one part of the desk asks of another that it doesn't know: the palette of the ticket, a key of the positions.
 * Asked is not done: whoever listens decides, and nothing is kept for those who come later.
 */
export type Intent =
  /** Choose the side in the order ticket and go to its first field. */
  | { kind: 'side'; side: Side }
  /** Ask whether to close this position; null: the newest. */
  | { kind: 'close'; orderId: string | null }
  | { kind: 'close-all' }
  /** Show this tab of the ledger. */
  | { kind: 'ledger'; tab: LedgerId }
  /** Show the command palette. */
  | { kind: 'palette' }
  /** Show what can be done with this position. */
  | { kind: 'manage'; orderId: string };

type Listener = (intent: Intent) => void;

const listeners = new Set<Listener>();

export function askFor(intent: Intent): void {
  for (const listener of [...listeners]) listener(intent);
}

/** Calls back for each intent of a kind, as long as the component is there. */
export function useIntent<Kind extends Intent['kind']>(
  kind: Kind,
  onAsked: (intent: Extract<Intent, { kind: Kind }>) => void,
): void {
  const latest = useRef(onAsked);
  useEffect(() => {
    latest.current = onAsked;
  });
  useEffect(() => {
    const listen: Listener = (intent) => {
      if (intent.kind === kind) latest.current(intent as Extract<Intent, { kind: Kind }>);
    };
    listeners.add(listen);
    return () => {
      listeners.delete(listen);
    };
  }, [kind]);
}
