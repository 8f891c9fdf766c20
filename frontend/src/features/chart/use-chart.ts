import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Interval } from '@/lib/api/types';
import { type Quote, priceStore } from '@/lib/stores/prices';
import { useTheme } from '@/lib/stores/theme';
import { type Candle, INTERVAL_SECONDS } from './candles';
import { useChartChoice } from './chart-choice';
import { ChartController } from './chart-controller';
import { type IndicatorSpec, specsOf } from './indicators/specs';
import type { Reading } from './legend';
import { OlderCandles } from './older-candles';
import { useTrades } from './trades/use-trades';
import { fetchOlderCandles, useCandlePage, useNewestCandles } from './use-candles';

/** Ties a chart to what it shows. React renders when a choice or the positions change, never for a price. */
export function useChart(symbol: string, interval: Interval, onReading: (reading: Reading | null) => void) {
  const [controller, setController] = useState<ChartController | null>(null);
  const [isAway, setAway] = useState(false);
  const needOlderRef = useRef<() => void>(() => undefined);
  const containerRef = useCallback(
    (element: HTMLDivElement) => {
      const onNeedOlder = () => needOlderRef.current();
      const created = new ChartController(element, { onReading, onNeedOlder, onScrolledAway: setAway });
      setController(created);
      return () => {
        setController(null);
        created.destroy();
      };
    },
    [onReading],
  );

  const page = useCandlePage(symbol, interval);
  const newest = useNewestCandles(symbol, interval);
  useShownCandles(controller, `${symbol} ${interval}`, page.data, newest.data, interval);
  useOlderCandles(controller, symbol, interval, newest.dataUpdatedAt, needOlderRef);
  useLivePrice(controller, symbol, page.data !== undefined);
  const specs = useLayers(controller, symbol, interval);

  const { theme } = useTheme();
  useEffect(() => controller?.applyTheme(), [controller, theme]);

  const isEmpty = page.data?.length === 0 && (newest.data ?? []).length === 0;
  return { containerRef, controller, page, isEmpty, isAway, specs };
}

/** What is drawn besides the candles, as chosen. */
function useLayers(controller: ChartController | null, symbol: string, interval: Interval): readonly IndicatorSpec[] {
  const choice = useChartChoice((state) => state.indicators);
  const specs = useMemo(() => specsOf(choice, INTERVAL_SECONDS[interval]), [choice, interval]);
  useEffect(() => controller?.setIndicators(specs), [controller, specs]);

  const hasVolume = useChartChoice((state) => state.volume);
  useEffect(() => controller?.showVolume(hasVolume), [controller, hasVolume]);
  const hasQuotes = useChartChoice((state) => state.quotes);
  useEffect(() => controller?.levels.showQuotes(hasQuotes), [controller, hasQuotes]);

  const trades = useTrades(
    symbol,
    useChartChoice((state) => state.trades),
  );
  useEffect(() => controller?.setTrades(trades), [controller, trades]);
  return specs;
}

function useShownCandles(
  controller: ChartController | null,
  choice: string,
  page: readonly Candle[] | undefined,
  newest: readonly Candle[] | undefined,
  interval: Interval,
): void {
  const shown = useRef<{ controller: ChartController; choice: string } | null>(null);
  useEffect(() => {
    if (!controller) return;
    const isShown = shown.current?.controller === controller && shown.current.choice === choice;
    if (page && isShown) {
      controller.merge(page);
    } else {
      // Until the new choice has come, nothing: the old one's candles under a new title would lie.
      controller.show(page ?? [], INTERVAL_SECONDS[interval]);
      shown.current = page ? { controller, choice } : null;
    }
  }, [controller, choice, page, interval]);
  useEffect(() => {
    if (controller && newest && shown.current?.choice === choice) controller.merge(newest);
  }, [controller, choice, newest, page]);
}

function useOlderCandles(
  controller: ChartController | null,
  symbol: string,
  interval: Interval,
  refreshedAt: number,
  needOlderRef: { current: () => void },
): void {
  const olderRef = useRef<OlderCandles | null>(null);
  useEffect(() => {
    if (!controller) return;
    const older = new OlderCandles(
      (before) => fetchOlderCandles(symbol, interval, before),
      (candles) => controller.merge(candles),
    );
    olderRef.current = older;
    needOlderRef.current = () => {
      if (controller.oldestTime !== null) void older.ask(controller.oldestTime);
    };
    return () => {
      older.close();
    };
  }, [controller, symbol, interval, needOlderRef]);
  // With each refresh of the newest candles a chart that shows its oldest one looks whether there are older ones by now.
  useEffect(() => {
    olderRef.current?.lookAgain();
    controller?.lookForOlder();
  }, [controller, refreshedAt]);
}

function useLivePrice(controller: ChartController | null, symbol: string, isLoaded: boolean): void {
  useEffect(() => {
    if (!controller || !isLoaded) return;
    const apply = (quote: Quote | undefined) => {
      if (quote && !quote.stale) controller.applyQuote(quote);
    };
    apply(priceStore.getState().quotes[symbol]);
    return priceStore.subscribe((state, before) => {
      if (state.quotes[symbol] !== before.quotes[symbol]) apply(state.quotes[symbol]);
    });
  }, [controller, symbol, isLoaded]);
}
