import type { KeyboardEvent } from 'react';
import { SignedUsd } from '@/components/signed-usd';
import { cn } from '@/lib/cn';
import { formatPrice } from '@/lib/money';
import { livePnlOf } from '@/lib/portfolio';
import type { Order } from '@/lib/api/types';
import { priceStore, useQuote } from '@/lib/stores/prices';
import { TRIGGER_WORDS, suggestedRaw } from './amend';
import type { Level } from './levels';
import type { Amending } from './use-amending';

const NEW = [
  { kind: 'takeProfit', name: 'TP' },
  { kind: 'stopLoss', name: 'SL' },
] as const;

/** An entry's label: the position's PnL, and what take profit and stop loss are pulled out of where there is none. */
export function EntryHandle({ level, levels, amending }: { level: Level; levels: readonly Level[]; amending: Amending }) {
  const { order } = level;
  const isLong = order.type === 'buy';
  const missing = NEW.filter(({ kind }) => !levels.some((other) => other.order.orderId === order.orderId && other.kind === kind));
  return (
    <div
      data-testid="entry-handle"
      data-order-id={order.orderId}
      className={cn(
        'flex h-6 w-max items-center gap-1.5 rounded-md border bg-surface pl-2 text-2xs font-medium whitespace-nowrap text-ink max-lg:h-7',
        isLong ? 'border-long' : 'border-short',
        missing.length === 0 && 'pr-2',
      )}
    >
      <span className={isLong ? 'text-long' : 'text-short'}>
        {isLong ? 'Long' : 'Short'} {order.leverage}x
      </span>
      <LivePnl order={order} />
      <span className="flex">
        {missing.map(({ kind, name }) => (
          <button
            key={kind}
            type="button"
            data-testid={`pull-${kind === 'takeProfit' ? 'take-profit' : 'stop-loss'}`}
            data-grip={kind}
            data-level={level.id}
            aria-label={`+${name}: set a ${TRIGGER_WORDS[kind]} for ${order.asset} ${isLong ? 'long' : 'short'} from ${formatPrice(order.openPrice)}`}
            title={`Drag up or down to set a ${TRIGGER_WORDS[kind]}`}
            className="pointer-events-auto h-6 min-w-6 cursor-ns-resize touch-none rounded-md px-1.5 text-ink-muted select-none hover:bg-hover hover:text-ink max-lg:h-7 max-lg:min-w-9"
            onKeyDown={(event: KeyboardEvent) => {
              if (event.key !== 'Enter' && event.key !== ' ') return;
              event.preventDefault();
              const quote = priceStore.getState().quotes[order.asset];
              amending.begin(order, kind, suggestedRaw(order, kind, quote ?? null), 'keys');
            }}
          >
            +{name}
          </button>
        ))}
      </span>
    </div>
  );
}

/** By itself, so that prices redraw this figure and nothing else. */
function LivePnl({ order }: { order: Order }) {
  const pnl = livePnlOf(order, useQuote(order.asset));
  return pnl === null ? <span>–</span> : <SignedUsd cents={pnl} />;
}
