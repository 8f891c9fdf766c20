import { useQuery } from '@tanstack/react-query';
import { Scale } from 'lucide-react';
import { Link } from 'react-router';
import { Card, CardWait } from '@/components/card';
import { SignedUsd } from '@/components/signed-usd';
import { type Column, DataCell, DataRow, DataTable } from '@/components/ui/data-table';
import { PanelState } from '@/components/ui/panel-state';
import { formatUsd } from '@/lib/money';
import { LIVE_MS, type Risk, fetchRisk, opsKeys } from './api';
import { HeatTable } from './heat-table';
import { ProfitCard } from './profit-card';

const ASSETS: readonly Column[] = [
  { title: 'Asset' },
  { title: 'Long', align: 'right' },
  { title: 'Short', align: 'right' },
  { title: 'Net', align: 'right' },
  { title: 'Open interest', align: 'right' },
  { title: 'Margin', align: 'right' },
  { title: 'PnL of the house', align: 'right' },
];
const LARGEST: readonly Column[] = [
  { title: 'Account', width: 'w-64' },
  { title: 'Positions', align: 'right' },
  { title: 'Notional', align: 'right' },
  { title: 'Margin', align: 'right' },
  { title: 'Balance', align: 'right' },
  { title: 'PnL', align: 'right' },
];

/** What the house stands to win or lose, at the prices of now. */
export function RiskPage() {
  const risk = useQuery({ queryKey: opsKeys.risk, queryFn: ({ signal }) => fetchRisk(signal), refetchInterval: LIVE_MS });
  return (
    <>
      <Card
        title="Exposure"
        description="What traders hold: the house has the other side. From the books, which follow within a second."
        testId="exposure"
      >
        {!risk.data ? (
          <CardWait query={risk} what="the risk" />
        ) : risk.data.assets.length === 0 ? (
          <div className="border-t border-line">
            <PanelState icon={Scale} title="Nothing is open" />
          </div>
        ) : (
          <Assets assets={risk.data.assets} />
        )}
      </Card>
      {risk.data && risk.data.heat.length > 0 && (
        <Card
          title="Liquidation heat"
          description="Notional that is liquidated when the price moves by up to so much, from the band before on."
          testId="heat"
        >
          <HeatTable bands={risk.data.heat} />
        </Card>
      )}
      {risk.data && risk.data.largest.length > 0 && (
        <Card title="Largest accounts" description="By what they have open." testId="largest">
          <Largest accounts={risk.data.largest} />
        </Card>
      )}
      <ProfitCard />
    </>
  );
}

function Assets({ assets }: { assets: Risk['assets'] }) {
  return (
    <div className="overflow-x-auto border-t border-line px-2 pb-2">
      <DataTable columns={ASSETS} caption="Exposure by asset" testId="exposure-table">
        {assets.map((one) => (
          <DataRow key={one.symbol} data-testid={`exposure-${one.symbol}`}>
            <DataCell label="Asset" className="font-medium text-ink">
              {one.symbol}
            </DataCell>
            <DataCell label="Long" align="right" title={`${one.longs} positions`}>
              {formatUsd(one.longNotional)}
            </DataCell>
            <DataCell label="Short" align="right" title={`${one.shorts} positions`}>
              {formatUsd(one.shortNotional)}
            </DataCell>
            <DataCell label="Net" align="right">
              <SignedUsd cents={one.net} data-testid="exposure-net" />
            </DataCell>
            <DataCell label="Open interest" align="right">
              {formatUsd(one.openInterest)}
            </DataCell>
            <DataCell label="Margin" align="right">
              {formatUsd(one.margin)}
            </DataCell>
            <DataCell label="PnL of the house" align="right">
              {one.pnl === null ? '–' : <SignedUsd cents={one.pnl} data-testid="exposure-pnl" />}
            </DataCell>
          </DataRow>
        ))}
      </DataTable>
    </div>
  );
}

function Largest({ accounts }: { accounts: Risk['largest'] }) {
  return (
    <div className="overflow-x-auto border-t border-line px-2 pb-2">
      <DataTable columns={LARGEST} caption="Largest accounts" testId="largest-table">
        {accounts.map((one) => (
          <DataRow key={one.userId}>
            <DataCell label="Account" className="truncate">
              <Link to={`/ops/accounts/${one.userId}`} className="block truncate font-medium text-accent hover:underline">
                {one.email}
              </Link>
            </DataCell>
            <DataCell label="Positions" align="right">
              {one.positions}
            </DataCell>
            <DataCell label="Notional" align="right">
              {formatUsd(one.notional)}
            </DataCell>
            <DataCell label="Margin" align="right">
              {formatUsd(one.margin)}
            </DataCell>
            <DataCell label="Balance" align="right">
              {formatUsd(one.balance)}
            </DataCell>
            <DataCell label="PnL" align="right">
              {one.pnl === null ? '–' : <SignedUsd cents={one.pnl} />}
            </DataCell>
          </DataRow>
        ))}
      </DataTable>
    </div>
  );
}
