import { ChevronsRight } from 'lucide-react';
import { type KeyboardEvent, useCallback, useEffect, useRef, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Panel } from '@/components/ui/panel';
import { cn } from '@/lib/cn';
import { useQuote } from '@/lib/stores/prices';
import { useSelectedInterval, useSelectedSymbol } from '@/lib/stores/selection';
import { formatDateTime } from '@/lib/time';
import type { ChartController } from './chart-controller';
import { ChartLegend } from './chart-legend';
import { ChartBadge, ChartState } from './chart-states';
import { ChartToolbar } from './chart-toolbar';
import { type Reading, readingWords, writeLegend } from './legend';
import { LineHandles } from './lines/line-handles';
import { useAmending } from './lines/use-amending';
import { useLineDrag } from './lines/use-line-drag';
import { useChart } from './use-chart';
import { useChartCommands } from './use-chart-commands';
import { useMaximised } from './use-maximised';

export function ChartPanel({ className }: { className?: string }) {
  const symbol = useSelectedSymbol();
  const interval = useSelectedInterval();
  const panelRef = useRef<HTMLElement>(null);
  const legendRef = useRef<HTMLDivElement>(null);
  const latestReading = useRef<Reading | null>(null);
  const [isMenuOpen, setMenuOpen] = useState(false);
  const maximised = useMaximised(panelRef);

  const onReading = useCallback((reading: Reading | null) => {
    latestReading.current = reading;
    writeLegend(legendRef.current, reading);
  }, []);
  const { containerRef, controller, page, isEmpty, isAway, specs } = useChart(symbol, interval, onReading);
  const amending = useAmending(symbol);
  const { levels } = amending;
  useEffect(() => controller?.setLevels(levels), [controller, levels]);
  const drag = useLineDrag(controller, amending);
  useChartCommands({ controller, openMenu: () => setMenuOpen(true), maximise: maximised.toggle });

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !maximised.isMaximised || event.defaultPrevented) return;
    maximised.leave();
  };

  return (
    <Panel
      ref={panelRef}
      aria-label={`${symbol} chart`}
      onKeyDown={onKeyDown}
      className={cn(className, maximised.isMaximised && 'fixed inset-0 z-40 rounded-none border-0')}
    >
      <ChartToolbar
        symbol={symbol}
        interval={interval}
        isMenuOpen={isMenuOpen}
        onMenu={setMenuOpen}
        isMaximised={maximised.isMaximised}
        onMaximise={maximised.toggle}
      />
      <div className="relative flex min-h-0 flex-1 flex-col data-grab:[&_canvas]:cursor-ns-resize!" {...drag}>
        <Candles
          containerRef={containerRef}
          symbol={symbol}
          interval={interval}
          controller={controller}
          wordsNow={() => wordsOf(latestReading.current)}
        />
        <ChartLegend legendRef={legendRef} specs={specs} />
        {controller && page.data && !isEmpty && <LineHandles controller={controller} amending={amending} />}
        {isAway && (
          <Button
            size="sm"
            className="absolute right-20 bottom-9 z-[6] bg-raised shadow-md"
            data-testid="chart-now"
            onClick={() => controller?.view.scrollToNow()}
          >
            To now
            <ChevronsRight aria-hidden className="size-4" />
          </Button>
        )}
        <ChartState symbol={symbol} isPending={page.isPending} error={page.error} isEmpty={isEmpty} onRetry={() => void page.refetch()} />
        <ChartBadge symbol={symbol} />
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

interface CandlesProps {
  containerRef: (element: HTMLDivElement) => () => void;
  symbol: string;
  interval: string;
  controller: ChartController | null;
  wordsNow: () => string;
}

const ZOOM = 1.2;
const PAGE_BARS = 20;

/** The canvas, which can be read candle by candle with the keys, and says what it shows. */
function Candles({ containerRef, symbol, interval, controller, wordsNow }: CandlesProps) {
  const isStale = useQuote(symbol)?.stale ?? false;
  const spokenRef = useRef<HTMLParagraphElement>(null);

  const keys: Partial<Record<string, () => void>> = {
    ArrowLeft: () => controller?.moveReading(-1),
    ArrowRight: () => controller?.moveReading(1),
    PageUp: () => controller?.moveReading(-PAGE_BARS),
    PageDown: () => controller?.moveReading(PAGE_BARS),
    End: () => {
      controller?.moveReading(null);
      controller?.view.scrollToNow();
    },
    '+': () => controller?.view.zoom(ZOOM),
    '-': () => controller?.view.zoom(1 / ZOOM),
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
    if (spokenRef.current) spokenRef.current.textContent = wordsNow();
  };
  return (
    <>
      <div
        ref={containerRef}
        role="application"
        tabIndex={0}
        aria-label={`${symbol}/USD in candles of ${interval}. Left and right read candle by candle, plus and minus zoom, End goes to now.`}
        data-testid="chart"
        data-symbol={symbol}
        data-interval={interval}
        onKeyDown={onKeyDown}
        className={cn('min-h-0 flex-1 outline-offset-[-2px] transition-opacity', isStale && 'opacity-50')}
      />
      <p ref={spokenRef} aria-live="polite" className="sr-only" />
    </>
  );
}

function wordsOf(reading: Reading | null): string {
  return reading ? readingWords(reading, formatDateTime(reading.candle.time * 1_000)) : '';
}
