import { Popover, PopoverContent, PopoverTrigger } from '@/components/ui/popover';
import { cn } from '@/lib/cn';
import { useFramed } from '@/lib/frame';
import { type StreamStatus, useStreamStatus } from '@/lib/stores/connection';
import { useLatency } from '@/lib/stores/latency';
import { priceStore } from '@/lib/stores/prices';
import { useSelectedSymbol } from '@/lib/stores/selection';
import { LatencyDetails } from './latency-details';
import { LatencyFigure } from './latency-figure';

type Light = 'connecting' | 'live' | 'stale' | 'offline';

const LIGHTS: Record<Light, { word: string; meaning: string; dot: string }> = {
  connecting: { word: 'Connecting', meaning: 'Connecting to live prices', dot: 'bg-ink-faint animate-pulse' },
  live: { word: 'Live', meaning: 'Prices arrive as they are made', dot: 'bg-long' },
  stale: { word: 'Stale', meaning: 'Connected, but this asset’s price is out of date', dot: 'bg-warn' },
  offline: { word: 'Offline', meaning: 'The connection is lost and being tried again', dot: 'bg-short animate-pulse' },
};

function lightOf(status: StreamStatus, stale: boolean): Light {
  if (status !== 'open') return status;
  return stale ? 'stale' : 'live';
}

/** Whether prices are live and how quick they are; pressed, where their time goes. */
export function ConnectionLight() {
  const status = useStreamStatus();
  const symbol = useSelectedSymbol();
  const isStale = useFramed(priceStore, ({ quotes }) => quotes[symbol]?.stale ?? true);
  const light = lightOf(status, isStale);
  const isMeasured = useLatency((latency) => latency !== null) && light === 'live';
  const { word, meaning, dot } = LIGHTS[light];
  return (
    <Popover>
      {/* Spoken when it changes; the figure beside it changes every second and isn't. */}
      <span role="status" className="sr-only">
        {meaning}
      </span>
      <PopoverTrigger
        type="button"
        data-testid="connection-light"
        data-state={light}
        title={meaning}
        className="-mx-1.5 inline-flex h-8 items-center gap-1.5 rounded-md px-1.5 text-xs whitespace-nowrap text-ink-muted transition-colors hover:bg-hover aria-expanded:bg-hover"
      >
        <span aria-hidden className={cn('size-2 rounded-full', dot)} />
        <span className={cn(isMeasured && 'max-sm:sr-only')}>{word}</span>
        <span className="sr-only">: how quick prices are</span>
        {light === 'live' && <LatencyFigure />}
      </PopoverTrigger>
      <PopoverContent aria-label="How quick prices are">
        <LatencyDetails meaning={meaning} isLive={light === 'live'} />
      </PopoverContent>
    </Popover>
  );
}
