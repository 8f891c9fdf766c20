import { useEffect } from 'react';
import { formatPrice } from '@/lib/money';
import { priceStore } from '@/lib/stores/prices';
import { useSelectedSymbol } from '@/lib/stores/selection';

const TITLE = 'cfdesk';
const REFRESH_MS = 1_000;

/** The shown asset's bid in the browser's tab, for a trader who is looking at another page. */
export function usePageTitle(): void {
  const symbol = useSelectedSymbol();
  useEffect(() => {
    const write = () => {
      const quote = priceStore.getState().quotes[symbol];
      document.title = quote && !quote.stale ? `${formatPrice(quote.bid)} ${symbol} · ${TITLE}` : `${symbol} · ${TITLE}`;
    };
    write();
    const timer = setInterval(write, REFRESH_MS);
    return () => {
      clearInterval(timer);
      document.title = TITLE;
    };
  }, [symbol]);
}
