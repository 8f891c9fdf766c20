import { ChartSpline } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { Popover, PopoverContent, PopoverTrigger } from '@/components/ui/popover';
import { type ChartLayer, useChartChoice } from '@/features/chart/chart-choice';
import { AverageRow, NumbersRow, ToggleRow } from './indicator-rows';
import { DEVIATIONS_MAX, DEVIATIONS_MIN, PERIOD_MAX, PERIOD_MIN } from './choice';

const PERIOD = { min: PERIOD_MIN, max: PERIOD_MAX };

const LAYERS: readonly { layer: ChartLayer; label: string }[] = [
  { layer: 'quotes', label: 'Bid and ask lines' },
  { layer: 'trades', label: 'Opened and closed positions' },
  { layer: 'volume', label: 'Volume' },
];

interface IndicatorsMenuProps {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  hasSessions: boolean;
}

/** What is drawn besides the candles. Each choice shows at once, and is kept. */
export function IndicatorsMenu({ isOpen, onOpenChange, hasSessions }: IndicatorsMenuProps) {
  const [restored, setRestored] = useState(0);
  const reset = useChartChoice((state) => state.resetIndicators);
  return (
    <Popover open={isOpen} onOpenChange={onOpenChange}>
      <PopoverTrigger asChild>
        <Button variant="ghost" size="sm" className="px-2" data-testid="indicators-menu">
          <ChartSpline aria-hidden className="size-4" />
          <span className="max-sm:sr-only">Indicators</span>
        </Button>
      </PopoverTrigger>
      <PopoverContent
        aria-label="Indicators and lines"
        className="max-h-(--radix-popover-content-available-height) overflow-y-auto p-3"
        data-testid="indicators"
      >
        <div className="mb-1 flex items-center justify-between">
          <h3 className="text-xs font-semibold text-ink-muted">Indicators</h3>
          <Button
            variant="ghost"
            size="sm"
            data-testid="indicators-reset"
            onClick={() => {
              reset();
              setRestored(restored + 1);
            }}
          >
            Reset
          </Button>
        </div>
        {/* What is half typed goes with a reset. */}
        <Indicators key={restored} hasSessions={hasSessions} />
        <h3 className="mt-2 mb-1 border-t border-line pt-3 text-xs font-semibold text-ink-muted">Also in the chart</h3>
        <ul>
          {LAYERS.map(({ layer, label }) => (
            <LayerRow key={layer} layer={layer} label={label} />
          ))}
        </ul>
      </PopoverContent>
    </Popover>
  );
}

function Indicators({ hasSessions }: { hasSessions: boolean }) {
  const { sma, ema, bollinger, vwap, rsi, macd } = useChartChoice((state) => state.indicators);
  const set = useChartChoice((state) => state.setIndicator);
  return (
    <ul>
      <AverageRow id="sma" label="Simple average" value={sma} onChange={(value) => set('sma', value)} />
      <AverageRow id="ema" label="Exponential average" value={ema} onChange={(value) => set('ema', value)} />
      <NumbersRow
        id="bollinger"
        label="Bollinger bands"
        isShown={bollinger.isShown}
        fields={[
          { key: 'period', label: 'period', value: bollinger.period, ...PERIOD },
          { key: 'deviations', label: 'deviations', value: bollinger.deviations, min: DEVIATIONS_MIN, max: DEVIATIONS_MAX },
        ]}
        onShow={(isShown) => set('bollinger', { isShown })}
        onChange={(numbers) => set('bollinger', numbers)}
      />
      <ToggleRow
        id="vwap"
        label="VWAP of the day"
        isShown={vwap.isShown}
        onShow={(isShown) => set('vwap', { isShown })}
        hint={hasSessions ? undefined : 'Drawn in candles shorter than a day'}
      />
      <NumbersRow
        id="rsi"
        label="RSI"
        isShown={rsi.isShown}
        fields={[{ key: 'period', label: 'period', value: rsi.period, ...PERIOD }]}
        onShow={(isShown) => set('rsi', { isShown })}
        onChange={(numbers) => set('rsi', numbers)}
      />
      <NumbersRow
        id="macd"
        label="MACD"
        isShown={macd.isShown}
        fields={[
          { key: 'fast', label: 'fast', value: macd.fast, min: PERIOD_MIN, max: macd.slow - 1 },
          { key: 'slow', label: 'slow', value: macd.slow, min: macd.fast + 1, max: PERIOD_MAX },
          { key: 'signal', label: 'signal', value: macd.signal, ...PERIOD },
        ]}
        onShow={(isShown) => set('macd', { isShown })}
        onChange={(numbers) => set('macd', numbers)}
      />
    </ul>
  );
}

function LayerRow({ layer, label }: { layer: ChartLayer; label: string }) {
  const isShown = useChartChoice((state) => state[layer]);
  const show = useChartChoice((state) => state.show);
  return <ToggleRow id={`layer-${layer}`} label={label} isShown={isShown} onShow={(next) => show(layer, next)} />;
}
