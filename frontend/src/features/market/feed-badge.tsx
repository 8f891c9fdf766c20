import { TriangleAlert } from 'lucide-react';
import type { PriceSource } from '@/lib/api/types';
import { useAsset } from '@/lib/queries';
import { useQuote } from '@/lib/stores/prices';
import { useSelectedSymbol } from '@/lib/stores/selection';

const WARNINGS: Record<PriceSource, { word: string; meaning: string } | null> = {
  binance: null,
  replay: { word: 'REPLAYED', meaning: 'These prices are a recording, not today’s market.' },
  simulated: { word: 'SIMULATED', meaning: 'These prices are made up by a simulator, not by a market.' },
};

/** Nobody should take made-up or recorded prices for the market's. */
export function FeedBadge() {
  const symbol = useSelectedSymbol();
  const quote = useQuote(symbol);
  const asset = useAsset(symbol);
  const source = quote?.source ?? asset?.source ?? null;
  const warning = source && WARNINGS[source];
  if (!warning) return null;
  return (
    <span
      data-testid="feed-badge"
      data-source={source}
      title={warning.meaning}
      className="inline-flex items-center gap-1.5 rounded-md bg-warn-soft px-2 py-1 text-2xs font-semibold tracking-wide whitespace-nowrap text-warn"
    >
      <TriangleAlert aria-hidden className="size-3.5" />
      <span>
        {warning.word}
        <span className="max-sm:sr-only"> PRICES</span>
      </span>
    </span>
  );
}
