import { cn } from '@/lib/cn';
import { type StreamStatus, useStreamStatus } from '@/lib/stores/connection';
import { useQuote } from '@/lib/stores/prices';
import { useSelectedSymbol } from '@/lib/stores/selection';

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

export function ConnectionLight() {
  const status = useStreamStatus();
  const quote = useQuote(useSelectedSymbol());
  const light = lightOf(status, quote?.stale ?? true);
  const { word, meaning, dot } = LIGHTS[light];
  return (
    <span
      role="status"
      data-testid="connection-light"
      data-state={light}
      title={meaning}
      className="inline-flex items-center gap-1.5 text-xs whitespace-nowrap text-ink-muted"
    >
      <span aria-hidden className={cn('size-2 rounded-full', dot)} />
      {word}
    </span>
  );
}
