import { ChartCandlestick, CircleAlert } from 'lucide-react';
import { useCallback, useRef } from 'react';
import { Panel } from '@/components/ui/panel';
import { PanelState } from '@/components/ui/panel-state';
import { Segmented } from '@/components/ui/segmented';
import { describeError } from '@/lib/api/errors';
import { cn } from '@/lib/cn';
import { useAsset } from '@/lib/queries';
import { useQuote } from '@/lib/stores/prices';
import { INTERVALS, selectionStore, useSelectedInterval, useSelectedSymbol } from '@/lib/stores/selection';
import type { Candle } from './candles';
import { writeLegend } from './legend';
import { useChart } from './use-chart';

const OPTIONS = INTERVALS.map((interval) => ({ value: interval, label: interval, testId: `interval-${interval}` }));

const LEGEND = [
  { figure: 'open', letter: 'O' },
  { figure: 'high', letter: 'H' },
  { figure: 'low', letter: 'L' },
  { figure: 'close', letter: 'C' },
  { figure: 'volume', letter: 'Vol' },
];

export function ChartPanel({ className }: { className?: string }) {
  const symbol = useSelectedSymbol();
  const asset = useAsset(symbol);
  const isStale = useQuote(symbol)?.stale ?? false;
  const interval = useSelectedInterval();
  const legendRef = useRef<HTMLDListElement>(null);
  const onLegend = useCallback((candle: Candle | null) => writeLegend(legendRef.current, candle), []);
  const { containerRef, page, isEmpty } = useChart(symbol, interval, onLegend);

  return (
    <Panel aria-label={`${symbol} chart`} {...(className !== undefined && { className })}>
      <header className="flex flex-wrap items-center gap-x-4 gap-y-1.5 border-b border-line px-3 py-1.5">
        <h2 className="text-sm font-semibold whitespace-nowrap text-ink">
          {symbol}/USD <span className="ml-1 font-normal text-ink-faint max-sm:hidden">{asset?.name}</span>
        </h2>
        <Segmented
          label="Candle interval"
          value={interval}
          options={OPTIONS}
          onChange={selectionStore.getState().selectInterval}
          className="bg-transparent p-0 max-lg:order-last max-lg:w-full"
          itemClassName="max-lg:flex-1"
        />
        <dl ref={legendRef} data-testid="chart-legend" className="group ml-auto flex gap-3 text-2xs text-ink-faint">
          {LEGEND.map(({ figure, letter }) => (
            <div key={figure} className={cn('flex gap-1', figure !== 'close' && 'max-sm:hidden')}>
              <dt>{letter}</dt>
              <dd
                data-figure={figure}
                className="text-ink-muted group-data-[direction=down]:text-short group-data-[direction=up]:text-long"
              />
            </div>
          ))}
        </dl>
      </header>
      <div className="relative flex min-h-0 flex-1 flex-col">
        <div ref={containerRef} data-testid="chart" data-symbol={symbol} data-interval={interval} className={cn('min-h-0 flex-1 transition-opacity', isStale && 'opacity-50')} />
        {page.isPending && <ChartLoading />}
        {page.isError && (
          <Overlay>
            <PanelState icon={CircleAlert} title="The chart couldn’t be loaded" onRetry={() => void page.refetch()}>
              {describeError(page.error)}
            </PanelState>
          </Overlay>
        )}
        {isEmpty && (
          <Overlay>
            <PanelState icon={ChartCandlestick} title="No candles yet">
              The first one is drawn as soon as {symbol} has traded.
            </PanelState>
          </Overlay>
        )}
        {isStale && (
          <p
            role="status"
            data-testid="chart-stale"
            className="absolute top-3 left-1/2 z-10 -translate-x-1/2 rounded-md bg-warn-soft px-2.5 py-1 text-xs font-medium text-warn"
          >
            The price is out of date
          </p>
        )}
      </div>
      <footer className="flex justify-between border-t border-line px-3 py-1 text-2xs text-ink-faint">
        <span>Times in UTC</span>
        <a href="https://www.tradingview.com/" target="_blank" rel="noreferrer" className="hover:text-ink-muted hover:underline">
          Charts by TradingView
        </a>
      </footer>
    </Panel>
  );
}

function Overlay({ children }: { children: React.ReactNode }) {
  return <div className="absolute inset-0 z-10 flex bg-surface">{children}</div>;
}

/** Heights of stand-in candles, in percent. */
const BARS = [34, 46, 40, 58, 52, 66, 60, 72, 55, 63, 48, 57, 69, 76, 64, 71];

function ChartLoading() {
  return (
    <Overlay>
      <div role="status" aria-label="Loading the chart" className="flex flex-1 animate-pulse items-end gap-[2%] px-[6%] pb-[12%]">
        {BARS.map((height, index) => (
          <span key={index} className="flex-1 rounded-sm bg-raised" style={{ height: `${height}%` }} />
        ))}
      </div>
    </Overlay>
  );
}
