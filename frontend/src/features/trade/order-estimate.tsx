import { BadgeCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import { SignedUsd } from '@/components/signed-usd';
import type { PreviewAnswer } from '@/lib/api/types';
import { formatPrice, formatUsd, mulDiv } from '@/lib/money';
import type { OrderEstimate } from './order-form';

const UNKNOWN = '–';

interface OrderEstimateListProps {
  /** The page's own reckoning at the present price. */
  estimate: OrderEstimate | null;
  /** The server's, once it has answered for what is typed now. */
  preview: PreviewAnswer | undefined;
  feeBps: number;
  symbol: string;
  entryRaw: number;
}

/** What the order would mean at the present price. The server decides at the price of the moment it arrives. */
export function OrderEstimateList({ estimate, preview, feeBps, symbol, entryRaw }: OrderEstimateListProps) {
  const notional = preview?.notional ?? estimate?.notionalCents;
  const fee = preview?.fee ?? estimate?.feeCents;
  const liquidation = preview?.order.liquidationPrice ?? estimate?.liquidationRaw;
  const move = preview?.gainPerPercent ?? (notional === undefined ? undefined : mulDiv(notional, 1, 100));
  return (
    <div className="rounded-md bg-canvas px-3 py-2.5" data-testid="estimate" data-source={preview ? 'server' : 'page'}>
      <dl className="flex flex-col gap-1.5 text-xs">
        <Line label="Position size" testId="estimate-notional" raw={notional}>
          {notional === undefined ? UNKNOWN : formatUsd(notional)}
          {notional !== undefined && entryRaw > 0 && (
            <span className="ml-1.5 text-ink-faint">
              {quantityWords(notional, entryRaw)} {symbol}
            </span>
          )}
        </Line>
        <Line label={`Fee (${feeBps / 100}% of margin)`} testId="estimate-fee" raw={fee}>
          {fee === undefined ? UNKNOWN : formatUsd(fee)}
        </Line>
        <Line label="Liquidation price, about" testId="estimate-liquidation" raw={liquidation}>
          {liquidation === undefined ? UNKNOWN : liquidation === 0 ? 'None' : formatPrice(liquidation)}
        </Line>
        <Line label="A move of 1% makes" testId="estimate-move" raw={move}>
          {move === undefined ? UNKNOWN : `± ${formatUsd(move)}`}
        </Line>
        {preview && (
          <Line label="Balance afterwards" testId="estimate-balance" raw={preview.balanceAfter}>
            {formatUsd(preview.balanceAfter)}
          </Line>
        )}
        {preview && preview.pnlAtTakeProfit !== null && (
          <Line label="At the take profit" testId="estimate-take-profit" raw={preview.pnlAtTakeProfit}>
            <SignedUsd cents={preview.pnlAtTakeProfit} />
          </Line>
        )}
        {preview && preview.pnlAtStopLoss !== null && (
          <Line label="At the stop loss" testId="estimate-stop-loss" raw={preview.pnlAtStopLoss}>
            <SignedUsd cents={preview.pnlAtStopLoss} />
          </Line>
        )}
      </dl>
      <p className="mt-2 flex h-4 items-center gap-1 text-2xs text-ink-faint">
        {preview ? (
          <>
            <BadgeCheck aria-hidden className="size-3.5 text-long" /> As the server reckons it now
          </>
        ) : (
          estimate && 'An estimate of this page'
        )}
      </p>
    </div>
  );
}

/** How much of the asset the position is, with six digits that count at most. */
function quantityWords(notionalCents: number, priceRaw: number): string {
  const millionths = mulDiv(notionalCents, 100_000_000, priceRaw);
  const digits = String(millionths).padStart(7, '0');
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`.replace(/\.?0+$/, '');
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
      <dd data-testid={testId} data-raw={raw} className="text-right text-ink">
        {children}
      </dd>
    </div>
  );
}
