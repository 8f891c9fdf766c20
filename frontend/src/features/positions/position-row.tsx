import { SlidersHorizontal } from 'lucide-react';
import { memo } from 'react';
import { PositionLabel } from '@/components/position-label';
import { Button } from '@/components/ui/button';
import { DataCell, DataRow } from '@/components/ui/data-table';
import type { Order } from '@/lib/api/types';
import { sideWord } from '@/lib/close-reasons';
import { cn } from '@/lib/cn';
import { formatPrice } from '@/lib/money';
import { askFor } from '@/lib/stores/intents';
import { asAsked, usePending } from '@/lib/stores/pending';
import { CloseButton } from './close-button';
import { ClosingPrice, Liquidation, LivePnl, MarginLevel, NONE, TrailingStop } from './price-cells';
import { TriggerCell } from './trigger-cell';

interface PositionRowProps {
  order: Order;
  isNewest: boolean;
}

/** Renders when its order changes; its price cells render by themselves. */
export const PositionRow = memo(function PositionRow({ order: held, isNewest }: PositionRowProps) {
  const pending = usePending(held.orderId);
  const order = asAsked(held, pending);
  const isClosing = pending?.kind === 'closing';
  return (
    <DataRow
      data-testid="position-row"
      data-order-id={order.orderId}
      aria-busy={pending !== null}
      className={cn(isClosing && 'opacity-50')}
    >
      <DataCell className="max-md:col-span-2 max-md:self-center">
        <PositionLabel asset={order.asset} side={order.type} leverage={order.leverage} />
      </DataCell>
      <DataCell align="right" className="max-md:order-first max-md:col-start-3 max-md:row-start-1 max-md:text-right">
        <LivePnl order={order} />
      </DataCell>
      <DataCell label="Margin" align="right" className="text-ink-muted">
        <MarginLevel order={order} />
      </DataCell>
      <DataCell label="Entry" align="right" data-testid="position-entry" data-raw={order.openPrice}>
        {formatPrice(order.openPrice)}
      </DataCell>
      <DataCell label="Price" align="right">
        <ClosingPrice order={order} />
      </DataCell>
      <DataCell label="Liquidation" align="right" data-testid="position-liquidation" data-raw={order.liquidationPrice}>
        <Liquidation order={order} />
      </DataCell>
      <DataCell label="Take profit" align="right" data-raw={order.takeProfit ?? undefined}>
        <TriggerCell order={order} kind="takeProfit" isSet={order.takeProfit !== null}>
          {order.takeProfit === null ? NONE : formatPrice(order.takeProfit)}
        </TriggerCell>
      </DataCell>
      <DataCell label="Stop loss" align="right" data-raw={order.stopLoss ?? undefined}>
        <TriggerCell order={order} kind="stopLoss" isSet={order.stopLoss !== null || order.trailingStopLoss !== null}>
          {order.stopLoss !== null && formatPrice(order.stopLoss)}
          {order.stopLoss === null && order.trailingStopLoss === null && NONE}
          <TrailingStop order={order} />
        </TriggerCell>
      </DataCell>
      <DataCell align="right" className="max-md:col-span-3 md:sticky md:right-0 md:bg-surface">
        <span className="flex justify-end gap-1.5">
          <CloseButton order={order} isNewest={isNewest} isPending={isClosing} />
          <Button
            size="sm"
            variant="ghost"
            className="px-1.5 max-md:h-9 max-md:flex-1 max-md:border max-md:border-line-strong"
            aria-label={`Manage the ${order.asset} ${sideWord(order.type)} position`}
            title="Close a part, add margin"
            data-testid="position-manage"
            disabled={isClosing}
            onClick={() => askFor({ kind: 'manage', orderId: order.orderId })}
          >
            <SlidersHorizontal aria-hidden className="size-4" />
            <span className="md:hidden">Manage</span>
          </Button>
        </span>
      </DataCell>
    </DataRow>
  );
});
