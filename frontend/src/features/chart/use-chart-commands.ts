import { useCommands } from '@/lib/stores/commands';
import { type ChartLayer, chartChoiceStore } from './chart-choice';
import type { ChartController } from './chart-controller';

interface ChartActions {
  controller: ChartController | null;
  openMenu: () => void;
  maximise: () => void;
}

/** What the palette and the keys can tell the chart. */
export function useChartCommands({ controller, openMenu, maximise }: ChartActions): void {
  const toggle = (layer: ChartLayer) => () => {
    const state = chartChoiceStore.getState();
    state.show(layer, !state[layer]);
  };
  useCommands([
    { id: 'chart-now', title: 'Chart: go to now', group: 'Chart', keys: 'n', keywords: ['newest', 'latest'], run: () => controller?.view.scrollToNow() },
    { id: 'chart-indicators', title: 'Chart: indicators', group: 'Chart', keys: 'i', keywords: ['SMA', 'EMA', 'Bollinger', 'VWAP', 'RSI', 'MACD'], run: openMenu },
    { id: 'chart-maximise', title: 'Chart over the whole page', group: 'Chart', keys: 'm', keywords: ['full screen', 'maximise'], run: maximise },
    { id: 'chart-quotes', title: 'Chart: bid and ask lines on or off', group: 'Chart', run: toggle('quotes') },
    { id: 'chart-trades', title: 'Chart: opened and closed positions on or off', group: 'Chart', run: toggle('trades') },
    { id: 'chart-volume', title: 'Chart: volume on or off', group: 'Chart', run: toggle('volume') },
  ]);
}
