import type { ReactNode } from 'react';
import type { Asset } from '@/lib/api/types';
import { formatPrice, formatUsd, priceDecimals } from '@/lib/money';
import type { Quote } from '@/lib/stores/prices';

/** The terms of trading the asset, at the foot of the order panel where there is room for them. */
export function ContractDetails({ asset, quote }: { asset: Asset; quote: Quote | null }) {
  return (
    <section aria-label="Terms" className="mt-auto border-t border-line pt-3 text-2xs max-lg:hidden">
      <dl className="flex flex-col gap-1">
        <Term name="Spread">{quote ? formatPrice(quote.ask - quote.bid, priceDecimals(quote.bid)) : '–'}</Term>
        <Term name="Margin per order">
          {formatUsd(asset.minMargin)} to {formatUsd(asset.maxMargin)}
        </Term>
        <Term name="Fee, opening and closing">{asset.feeBps / 100}% of margin</Term>
        <Term name="Liquidated when lost">{100 - asset.stopOutPercent}% of margin</Term>
      </dl>
    </section>
  );
}

function Term({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex justify-between gap-3">
      <dt className="text-ink-faint">{name}</dt>
      <dd className="text-ink-muted">{children}</dd>
    </div>
  );
}
