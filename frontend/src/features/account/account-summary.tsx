import type { ReactNode } from 'react';
import { Skeleton } from '@/components/ui/skeleton';
import { cn } from '@/lib/cn';
import { useFramed } from '@/lib/frame';
import { formatUsd } from '@/lib/money';
import { marginInUse, totalLivePnl } from '@/lib/portfolio';
import { useAccount } from '@/lib/stores/account';
import { priceStore } from '@/lib/stores/prices';

/** What the trader has: cash, cash with everything open at its present worth, and what is not tied up. */
export function AccountSummary({ className }: { className?: string }) {
  const balance = useAccount((state) => state.balanceCents);
  const orders = useAccount((state) => state.orders);
  const pnl = useFramed(priceStore, ({ quotes }) => totalLivePnl(orders, quotes));
  const margin = marginInUse(orders);
  const equity = balance === null || pnl === null ? null : balance + margin + pnl;
  const isLoading = balance === null;
  return (
    <dl className={cn('flex gap-5', className)}>
      <Figure label="Balance" hint="Cash. New orders are paid from it.">
        <Amount testId="balance" cents={balance} isLoading={isLoading} />
      </Figure>
      <Figure label="Equity" hint="Balance, margin in use and live profit or loss together.">
        <Amount testId="equity" cents={equity} isLoading={isLoading} />
      </Figure>
      <Figure label="Free margin" hint="Equity less the margin in use.">
        <Amount testId="free-margin" cents={equity === null ? null : equity - margin} isLoading={isLoading} />
      </Figure>
    </dl>
  );
}

function Figure({ label, hint, children }: { label: string; hint: string; children: ReactNode }) {
  return (
    <div title={hint} className="min-w-0">
      <dt className="text-2xs leading-3.5 whitespace-nowrap text-ink-faint">{label}</dt>
      <dd className="text-sm leading-4.5 font-medium text-ink">{children}</dd>
    </div>
  );
}

interface AmountProps {
  testId: string;
  cents: number | null;
  isLoading: boolean;
}

function Amount({ testId, cents, isLoading }: AmountProps) {
  if (isLoading) return <Skeleton className="my-0.5 h-3.5 w-18" />;
  // A position without a price can't be valued, and nothing is made up for it.
  if (cents === null) return <span className="text-ink-faint">–</span>;
  return (
    <span data-testid={testId} data-cents={cents}>
      {formatUsd(cents)}
    </span>
  );
}
