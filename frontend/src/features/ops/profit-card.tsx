import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Card, CardWait } from '@/components/card';
import { SignedUsd } from '@/components/signed-usd';
import { type Column, DataCell, DataRow, DataTable } from '@/components/ui/data-table';
import { Segmented } from '@/components/ui/segmented';
import { formatDateTime, formatDay } from '@/lib/time';
import { fetchProfit, opsKeys } from './api';

const SPANS = [
  { value: '1', label: '24 hours', testId: 'profit-1' },
  { value: '30', label: '30 days', testId: 'profit-30' },
] as const;
const COLUMNS: readonly Column[] = [
  { title: 'From' },
  { title: 'Fees', align: 'right' },
  { title: 'Trading', align: 'right' },
  { title: 'Shortfall', align: 'right' },
  { title: 'Together', align: 'right' },
];
const REFRESH_MS = 10_000;

/** What the house has made by source, from the ledger. */
export function ProfitCard() {
  const [span, setSpan] = useState<(typeof SPANS)[number]['value']>('1');
  const days = Number(span);
  const profit = useQuery({
    queryKey: opsKeys.profit(days),
    queryFn: ({ signal }) => fetchProfit(days, signal),
    refetchInterval: REFRESH_MS,
  });
  const steps = profit.data?.steps.toReversed();
  const total = (name: 'fees' | 'trading' | 'shortfall') => (steps ?? []).reduce((sum, step) => sum + step[name], 0);
  return (
    <Card
      title="Profit"
      description="By source, from the ledger: fees, what traders lost less what they won, and what no margin covered."
      testId="profit"
      action={<Segmented label="How far back" value={span} options={SPANS} onChange={setSpan} />}
    >
      {steps ? (
        <div className="overflow-x-auto border-t border-line px-2 pb-2">
          <DataTable columns={COLUMNS} caption="Profit of the house" testId="profit-table">
            <DataRow className="font-medium" data-testid="profit-total">
              <DataCell label="From">All of it</DataCell>
              <Money label="Fees" cents={total('fees')} />
              <Money label="Trading" cents={total('trading')} />
              <Money label="Shortfall" cents={total('shortfall')} />
              <Money label="Together" cents={total('fees') + total('trading') + total('shortfall')} />
            </DataRow>
            {steps.map((step) => (
              <DataRow key={step.at}>
                <DataCell label="From">{days > 7 ? formatDay(step.at) : `${formatDateTime(step.at)} UTC`}</DataCell>
                <Money label="Fees" cents={step.fees} />
                <Money label="Trading" cents={step.trading} />
                <Money label="Shortfall" cents={step.shortfall} />
                <Money label="Together" cents={step.fees + step.trading + step.shortfall} />
              </DataRow>
            ))}
          </DataTable>
        </div>
      ) : (
        <CardWait query={profit} what="the profit" />
      )}
    </Card>
  );
}

function Money({ label, cents }: { label: string; cents: number }) {
  return (
    <DataCell label={label} align="right">
      <SignedUsd cents={cents} />
    </DataCell>
  );
}
