import { Maximize2, Minimize2 } from 'lucide-react';
import { Button } from '@/components/ui/button';
import { Segmented } from '@/components/ui/segmented';
import type { Interval } from '@/lib/api/types';
import { useAsset } from '@/lib/queries';
import { INTERVALS, selectionStore } from '@/lib/stores/selection';
import { INTERVAL_SECONDS } from './candles';
import { IndicatorsMenu } from './indicators/indicators-menu';
import { hasSessions } from './indicators/specs';

const OPTIONS = INTERVALS.map((interval) => ({ value: interval, label: interval, testId: `interval-${interval}` }));

interface ChartToolbarProps {
  symbol: string;
  interval: Interval;
  isMenuOpen: boolean;
  onMenu: (isOpen: boolean) => void;
  isMaximised: boolean;
  onMaximise: () => void;
}

export function ChartToolbar({ symbol, interval, isMenuOpen, onMenu, isMaximised, onMaximise }: ChartToolbarProps) {
  const asset = useAsset(symbol);
  const Icon = isMaximised ? Minimize2 : Maximize2;
  return (
    <header className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-3 py-1.5">
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
      <div className="ml-auto flex items-center gap-1">
        <IndicatorsMenu isOpen={isMenuOpen} onOpenChange={onMenu} hasSessions={hasSessions(INTERVAL_SECONDS[interval])} />
        <Button
          variant="ghost"
          size="sm"
          className="px-2"
          aria-pressed={isMaximised}
          aria-label="Chart over the whole page"
          title={isMaximised ? 'Back to the desk (Escape)' : 'Over the whole page'}
          data-testid="chart-maximise"
          onClick={onMaximise}
        >
          <Icon aria-hidden className="size-4" />
        </Button>
      </div>
    </header>
  );
}
