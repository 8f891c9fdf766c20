import { formatUsd } from '@/lib/money';
import type { Risk } from './api';

const PERCENTS = [1, 2, 5, 10, 25, 100] as const;

/** A row for each asset and side, a column for each band, shaded by its share of the whole. */
export function HeatTable({ bands }: { bands: Risk['heat'] }) {
  const rows = [...new Set(bands.map(({ symbol, side }) => `${symbol} ${side}`))];
  const most = Math.max(...bands.map(({ notional }) => notional));
  return (
    // Scrolled with the keyboard too.
    <div tabIndex={0} role="region" aria-label="Bands of liquidation" className="overflow-x-auto border-t border-line px-4 pb-4">
      <table className="w-full min-w-[36rem] border-separate border-spacing-1 text-xs" data-testid="heat-table">
        <caption className="sr-only">Notional by the distance to its liquidation</caption>
        <thead>
          <tr>
            <th scope="col" className="px-2 py-2 text-left font-normal text-ink-faint">
              Positions
            </th>
            {PERCENTS.map((percent, place) => (
              <th key={percent} scope="col" className="px-2 py-2 text-right font-normal whitespace-nowrap text-ink-faint">
                {place === PERCENTS.length - 1 ? `over ${PERCENTS[place - 1]}%` : `up to ${percent}%`}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row}>
              <th scope="row" className="px-2 py-1.5 text-left font-medium text-ink">
                {row}
              </th>
              {PERCENTS.map((percent) => {
                const band = bands.find((one) => `${one.symbol} ${one.side}` === row && one.percent === percent);
                return (
                  <td key={percent} className="relative rounded px-2 py-1.5 text-right text-ink" title={`${band?.positions ?? 0} positions`}>
                    {band && (
                      <span
                        aria-hidden
                        className="absolute inset-0 rounded bg-warn"
                        style={{ opacity: 0.08 + (0.3 * band.notional) / most }}
                      />
                    )}
                    <span className="relative">{band ? formatUsd(band.notional) : '–'}</span>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
