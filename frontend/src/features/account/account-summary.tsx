import type { ReactNode } from 'react';
import { Skeleton } from '@/components/ui/skeleton';
import { cn } from '@/lib/cn';
import { formatUsd } from '@/lib/money';
import { useMoney } from './use-money';

/** The trader's money in the header's line; where there is room, how much of it is at risk as well. */
export function AccountSummary({ className }: { className?: string }) {
  const { balance, margin, equity, free, marginLevel } = useMoney();
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
        <Amount testId="free-margin" cents={free} isLoading={isLoading} />
      </Figure>
      {margin > 0 && (
        <Figure label="Margin level" hint="Equity in percent of the margin in use." className="max-xl:hidden">
          <span data-testid="margin-level">{marginLevel === null ? '–' : `${marginLevel.toLocaleString('en-US')}%`}</span>
        </Figure>
      )}
    </dl>
  );
}

function Figure({ label, hint, className, children }: { label: string; hint: string; className?: string; children: ReactNode }) {
  return (
    <div title={hint} className={cn('min-w-0', className)}>
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
