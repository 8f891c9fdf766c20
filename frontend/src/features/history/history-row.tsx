import { ReceiptText } from 'lucide-react';
import { PositionLabel } from '@/components/position-label';
import { SignedUsd } from '@/components/signed-usd';
import { Button } from '@/components/ui/button';
import { DataCell, DataRow } from '@/components/ui/data-table';
import type { ClosedOrder } from '@/lib/api/types';
import { cn } from '@/lib/cn';
import { closeReasonWords, sideWord } from '@/lib/close-reasons';
import { formatPrice } from '@/lib/money';
import { formatDateTime, formatDuration, isoTime } from '@/lib/time';

interface HistoryRowProps {
  order: ClosedOrder;
  onReceipt: (order: ClosedOrder) => void;
}

export function HistoryRow({ order, onReceipt }: HistoryRowProps) {
  return (
    <DataRow data-testid="history-row" data-order-id={order.orderId}>
      <DataCell className="max-md:col-span-2 max-md:self-center">
        <PositionLabel asset={order.asset} side={order.type} leverage={order.leverage} />
      </DataCell>
      <DataCell align="right" className="font-medium max-md:text-right">
        <SignedUsd cents={order.pnl} data-testid="history-pnl" />
      </DataCell>
      <DataCell label="After fees" align="right">
        <NetResult order={order} />
      </DataCell>
      <DataCell label="Open" align="right" data-raw={order.openPrice}>
        {formatPrice(order.openPrice)}
      </DataCell>
      <DataCell label="Close" align="right" data-testid="history-close-price" data-raw={order.closePrice}>
        {formatPrice(order.closePrice)}
      </DataCell>
      <DataCell label="Reason" className={cn('max-md:whitespace-normal', order.closeReason === 'liquidation' && 'text-short')}>
        <span data-testid="history-reason" data-reason={order.closeReason}>
          {closeReasonWords(order.closeReason)}
        </span>
      </DataCell>
      <DataCell label="Held" align="right" className="text-ink-muted">
        {formatDuration(order.closeTimestamp - order.openTimestamp)}
      </DataCell>
      <DataCell label="Closed (UTC)" align="right" className="text-ink-muted">
        <time dateTime={isoTime(order.closeTimestamp)}>{formatDateTime(order.closeTimestamp)}</time>
      </DataCell>
      <DataCell align="right" className="max-md:col-span-3">
        <Button
          size="sm"
          variant="ghost"
          className="max-md:h-9 max-md:w-full max-md:border max-md:border-line-strong md:px-2"
          data-testid="history-receipt"
          aria-label={`Receipt of ${order.asset} ${sideWord(order.type)}, closed ${formatDateTime(order.closeTimestamp)}`}
          onClick={() => onReceipt(order)}
        >
          <ReceiptText aria-hidden className="size-3.5" /> Receipt
        </Button>
      </DataCell>
    </DataRow>
  );
}

/** The database reckons it; an order that only a message told of yet has a dash for a moment. */
function NetResult({ order }: { order: ClosedOrder }) {
  if (order.netPnl === undefined) return <span className="text-ink-faint">–</span>;
  return <SignedUsd cents={order.netPnl} data-testid="history-net" />;
}
