import { SignedUsd } from '@/components/signed-usd';
import type { PerformanceAnswer } from '@/lib/api/types';
import { formatBps, formatFactor, formatUsd } from '@/lib/money';

const HEADS = ['Trades', 'Win rate', 'Profit factor', 'Fees', 'Net'];

/** The same figures of each asset. */
export function ByAssetTable({ rows }: { rows: PerformanceAnswer['byAsset'] }) {
  return (
    <section aria-label="By asset" className="flex min-w-0 flex-col gap-2">
      <h3 className="text-xs font-medium text-ink-muted">By asset</h3>
      <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="Figures of each asset">
        <table className="w-full min-w-88 text-right text-xs" data-testid="performance-assets">
          <caption className="sr-only">Figures of each asset</caption>
          <thead className="text-ink-faint">
            <tr>
              <th scope="col" className="py-1.5 pr-2 text-left font-normal">
                Asset
              </th>
              {HEADS.map((head) => (
                <th key={head} scope="col" className="px-2 py-1.5 font-normal whitespace-nowrap">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.asset} className="border-t border-line" data-testid="performance-asset-row" data-asset={row.asset}>
                <th scope="row" className="py-2 pr-2 text-left font-semibold text-ink">
                  {row.asset}
                </th>
                <td className="px-2">{row.trades}</td>
                <td className="px-2">{row.winRateBps === null ? '–' : formatBps(row.winRateBps)}</td>
                <td className="px-2">{row.profitFactorBps === null ? '–' : formatFactor(row.profitFactorBps)}</td>
                <td className="px-2 text-ink-muted">{formatUsd(row.fees)}</td>
                <td className="px-2 font-medium">
                  <SignedUsd cents={row.net} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
