import { useFramed } from '@/lib/frame';
import { marginInUse, marginLevelOf, totalLivePnl } from '@/lib/portfolio';
import { useAccount } from '@/lib/stores/account';
import { priceStore } from '@/lib/stores/prices';

interface Money {
  /** All in cents. Null until the account is there, and what is made of prices also while a position has none. */
  balance: number | null;
  margin: number;
  equity: number | null;
  free: number | null;
  /** In percent; null also while nothing is at risk. */
  marginLevel: number | null;
}

/** What the trader has: cash, cash with everything open at its present worth, and what is not tied up. */
export function useMoney(): Money {
  const balance = useAccount((state) => state.balanceCents);
  const orders = useAccount((state) => state.orders);
  const pnl = useFramed(priceStore, ({ quotes }) => totalLivePnl(orders, quotes));
  const margin = marginInUse(orders);
  const equity = balance === null || pnl === null ? null : balance + margin + pnl;
  return {
    balance,
    margin,
    equity,
    free: equity === null ? null : equity - margin,
    marginLevel: equity === null ? null : marginLevelOf(equity, margin),
  };
}
