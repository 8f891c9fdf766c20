import type { ReactNode } from 'react';
import { formatPrice, formatUsd } from '@/lib/money';
import type { OrderEstimate } from './order-form';

const UNKNOWN = '–';

interface OrderEstimateListProps {
  estimate: OrderEstimate | null;
  feeBps: number;
}

/** What the order would mean at the present price. The server decides at the price of the moment it arrives. */
export function OrderEstimateList({ estimate, feeBps }: OrderEstimateListProps) {
  return (
    <dl className="flex flex-col gap-1.5 rounded-md bg-canvas px-3 py-2.5 text-xs">
      <Line label="Position size" testId="estimate-notional" raw={estimate?.notionalCents}>
        {estimate ? formatUsd(estimate.notionalCents) : UNKNOWN}
      </Line>
      <Line label={`Fee (${feeBps / 100}% of margin)`} testId="estimate-fee" raw={estimate?.feeCents}>
        {estimate ? formatUsd(estimate.feeCents) : UNKNOWN}
      </Line>
      <Line label="Liquidation price, about" testId="estimate-liquidation" raw={estimate?.liquidationRaw}>
        {estimate ? liquidationWords(estimate.liquidationRaw) : UNKNOWN}
      </Line>
    </dl>
  );
}

function liquidationWords(raw: number): string {
  return raw === 0 ? 'None' : formatPrice(raw);
}

interface LineProps {
  label: string;
  testId: string;
  raw: number | undefined;
  children: ReactNode;
}

function Line({ label, testId, raw, children }: LineProps) {
  return (
    <div className="flex justify-between gap-3">
      <dt className="text-ink-faint">{label}</dt>
      <dd data-testid={testId} data-raw={raw} className="text-ink">
        {children}
      </dd>
    </div>
  );
}
