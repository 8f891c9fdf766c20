import { LoaderCircle, TriangleAlert } from 'lucide-react';
import { type KeyboardEvent, useEffect, useRef } from 'react';
import { Button } from '@/components/ui/button';
import type { ChartController } from '@/features/chart/chart-controller';
import { cn } from '@/lib/cn';
import { sideWord } from '@/lib/close-reasons';
import { PRICE_SCALE, formatPrice, formatSignedUsd } from '@/lib/money';
import { useQuote } from '@/lib/stores/prices';
import { type Proposal, TRIGGER_WORDS, judge, keyStep, snap } from './amend';
import type { Level, TriggerKind } from './levels';
import { type Amending, isAmended } from './use-amending';

const NAMES: Readonly<Record<TriggerKind, string>> = { takeProfit: 'TP', stopLoss: 'SL', trailingStop: 'Trail' };
const BIG_STEPS = 10;

interface TriggerHandleProps {
  level: Level;
  kind: TriggerKind;
  amending: Amending;
  controller: ChartController;
}

/** A trigger's label: dragged up and down, or moved with the arrow keys and sent with Enter. */
export function TriggerHandle({ level, kind, amending, controller }: TriggerHandleProps) {
  const { order, raw } = level;
  const isMoving = isAmended(amending.amendment, level);
  const isByKeys = isMoving && amending.amendment?.by === 'keys';
  const isSent = amending.sent.has(level.id);
  // At rest nothing here follows the prices, so none are listened to.
  const quote = useQuote(isMoving ? order.asset : '');
  const proposal = judge(order, kind, raw, quote);
  const sliderRef = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isByKeys) sliderRef.current?.focus({ preventScroll: true });
  }, [isByKeys]);

  const onKeyDown = (event: KeyboardEvent) => {
    const steps = stepsOf(event.key);
    if (steps !== null) {
      const from = isMoving ? raw : (controller.levels.currentRaw(level.id) ?? raw);
      if (!isMoving) amending.begin(order, kind, from, 'keys');
      const step = keyStep(from);
      amending.move(snap(from + steps * step, step));
    } else if (isMoving && event.key === 'Enter') amending.finish();
    else if (isMoving && event.key === 'Escape') amending.cancel();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div
      className="pointer-events-auto w-max max-w-full"
      onBlur={(event) => {
        if (isByKeys && !event.currentTarget.contains(event.relatedTarget)) amending.cancel();
      }}
    >
      <div className={cn('flex items-center rounded-md border bg-surface', BORDERS[kind], isMoving && 'shadow-lg')}>
        <div
          ref={sliderRef}
          role="slider"
          tabIndex={0}
          aria-orientation="vertical"
          aria-label={`${capital(TRIGGER_WORDS[kind])}, ${order.asset} ${sideWord(order.type)} from ${formatPrice(order.openPrice)}`}
          aria-valuemin={0}
          aria-valuemax={Math.max(2 * order.openPrice, raw) / PRICE_SCALE}
          aria-valuenow={raw / PRICE_SCALE}
          aria-valuetext={spoken(raw, proposal, isMoving)}
          data-testid="line-handle"
          data-kind={kind}
          data-order-id={order.orderId}
          data-raw={raw}
          data-cents={proposal.pnlCents}
          data-state={isMoving ? 'moving' : isSent ? 'sending' : 'resting'}
          data-grip={kind}
          data-level={level.id}
          onKeyDown={onKeyDown}
          className="flex h-6 cursor-ns-resize touch-none items-center gap-1.5 rounded-md px-2 text-2xs font-medium whitespace-nowrap text-ink select-none max-lg:h-7"
        >
          <span className={TEXTS[kind]}>{NAMES[kind]}</span>
          {isMoving ? (
            <MovingFigures raw={raw} proposal={proposal} />
          ) : (
            <span>{kind === 'trailingStop' ? formatPrice(order.trailingStopLoss?.trailingDistance ?? 0, 2) : formatSignedUsd(proposal.pnlCents)}</span>
          )}
          {isSent && <LoaderCircle aria-label="Being changed" className="size-3 animate-spin text-ink-muted" />}
        </div>
        {isByKeys && <Decide amending={amending} isAllowed={proposal.refusal === null} />}
      </div>
      {isMoving && <Remark proposal={proposal} />}
    </div>
  );
}

const BORDERS: Readonly<Record<TriggerKind, string>> = {
  takeProfit: 'border-accent',
  stopLoss: 'border-warn',
  trailingStop: 'border-warn border-dashed',
};
const TEXTS: Readonly<Record<TriggerKind, string>> = {
  takeProfit: 'text-accent',
  stopLoss: 'text-warn',
  trailingStop: 'text-warn',
};

function MovingFigures({ raw, proposal }: { raw: number; proposal: Proposal }) {
  const { distanceRaw, pnlCents } = proposal;
  return (
    <>
      <span data-testid="line-price">{formatPrice(raw)}</span>
      {distanceRaw !== null && (
        <span className="text-ink-muted max-sm:hidden" data-testid="line-distance">
          {formatPrice(distanceRaw, 2)} away
        </span>
      )}
      <span data-testid="line-pnl" className={pnlCents < 0 ? 'text-short' : 'text-long'}>
        {formatSignedUsd(pnlCents)}
      </span>
    </>
  );
}

/** Under the label while it moves: why it can't stay there, or what to know. */
function Remark({ proposal: { refusal, note } }: { proposal: Proposal }) {
  return (
    <p
      data-testid="line-remark"
      data-refused={refusal !== null}
      className={cn(
        'absolute top-full left-0 mt-1 flex w-max max-w-64 items-start gap-1 rounded-md border border-line bg-surface px-2 py-0.5 text-2xs',
        refusal !== null ? 'text-short' : note !== null ? 'text-warn' : 'text-ink-faint',
      )}
    >
      {(refusal ?? note) !== null && <TriangleAlert aria-hidden className="mt-0.5 size-3 shrink-0" />}
      {refusal ?? note ?? 'If it fires there, before the closing fee'}
    </p>
  );
}

function Decide({ amending, isAllowed }: { amending: Amending; isAllowed: boolean }) {
  return (
    <span className="flex gap-0.5 pr-0.5">
      <Button variant="primary" size="sm" className="h-6 px-2" disabled={!isAllowed} data-testid="line-set" onClick={amending.finish}>
        Set
      </Button>
      <Button variant="ghost" size="sm" className="h-6 px-2" data-testid="line-cancel" onClick={amending.cancel}>
        Cancel
      </Button>
    </span>
  );
}

function stepsOf(key: string): number | null {
  const steps: Partial<Record<string, number>> = {
    ArrowUp: 1,
    ArrowRight: 1,
    ArrowDown: -1,
    ArrowLeft: -1,
    PageUp: BIG_STEPS,
    PageDown: -BIG_STEPS,
  };
  return steps[key] ?? null;
}

function spoken(raw: number, { pnlCents, refusal, note }: Proposal, isMoving: boolean): string {
  const remark = (isMoving ? refusal : null) ?? note;
  return `${formatPrice(raw)}, ${formatSignedUsd(pnlCents)}${remark === null ? '' : `. ${remark}`}`;
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
