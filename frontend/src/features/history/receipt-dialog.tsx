import { SignedUsd } from '@/components/signed-usd';
import { CopyButton } from '@/components/ui/copy-button';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import { Button } from '@/components/ui/button';
import { Skeleton } from '@/components/ui/skeleton';
import type { ClosedOrder } from '@/lib/api/types';
import { closeReasonWords, sideWord } from '@/lib/close-reasons';
import { formatUsd } from '@/lib/money';
import { formatDateTime } from '@/lib/time';
import { receiptFacts, receiptSentences, receiptText } from './receipt';
import { useFamily } from './use-history';

interface ReceiptDialogProps {
  order: ClosedOrder;
  onShow: (order: ClosedOrder) => void;
  onClose: () => void;
}

/** Why and how one order ended, in words and figures, and what else was closed of the same position. */
export function ReceiptDialog({ order, onShow, onClose }: ReceiptDialogProps) {
  const family = useFamily(order);
  // A message told of it before the database: what it reckoned has come meanwhile.
  const known = family.data?.find(({ orderId }) => orderId === order.orderId) ?? order;
  const [happened, ...more] = receiptSentences(known);
  return (
    <Dialog
      isOpen
      onClose={onClose}
      testId="receipt"
      title={`${known.asset} ${sideWord(known.type)} ${known.leverage}x · ${closeReasonWords(known.closeReason)}`}
      description={<p data-testid="receipt-words">{happened}</p>}
    >
      <div className="flex flex-col gap-5 text-sm">
        <div className="flex flex-col gap-2 text-ink-muted">
          {more.map((sentence) => (
            <p key={sentence}>{sentence}</p>
          ))}
        </div>
        <Figures order={known} />
        <Family order={known} orders={family.data} isPending={family.isPending} onShow={onShow} />
        <p className="text-xs break-all text-ink-faint">
          Order {known.orderId}
          {known.receipt && ` · Binance trade ${known.receipt.tradeId}`}
        </p>
      </div>
      <DialogActions>
        <CopyButton text={receiptText(known)} label="Copy receipt" data-testid="receipt-copy" />
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      </DialogActions>
    </Dialog>
  );
}

function Figures({ order }: { order: ClosedOrder }) {
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5 rounded-md bg-raised px-3 py-2.5 text-xs">
      {receiptFacts(order).map(([name, value]) => (
        <Fact key={name} name={name}>
          {value}
        </Fact>
      ))}
      <Fact name="PnL">
        <SignedUsd cents={order.pnl} />
      </Fact>
      {order.openingFee !== undefined && <Fact name="Fee of opening">{formatUsd(-order.openingFee)}</Fact>}
      <Fact name="Fee of closing">{formatUsd(-order.fee)}</Fact>
      {order.netPnl !== undefined && (
        <Fact name="After fees">
          <SignedUsd cents={order.netPnl} data-testid="receipt-net" className="font-semibold" />
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <>
      <dt className="text-ink-faint">{name}</dt>
      <dd className="text-right text-ink">{children}</dd>
    </>
  );
}

interface FamilyProps {
  order: ClosedOrder;
  orders: readonly ClosedOrder[] | undefined;
  isPending: boolean;
  onShow: (order: ClosedOrder) => void;
}

/** The other parts of the position, where it was closed in more than one. */
function Family({ order, orders, isPending, onShow }: FamilyProps) {
  if (isPending && order.parentOrderId) return <Skeleton className="h-8" />;
  const others = (orders ?? []).filter(({ orderId }) => orderId !== order.orderId);
  const isRestOpen = !!order.parentOrderId && !!orders && !orders.some(({ orderId }) => orderId === order.parentOrderId);
  if (others.length === 0 && !isRestOpen) return null;
  return (
    <section aria-label="The rest of this position" className="flex flex-col gap-1">
      <h3 className="text-xs font-medium text-ink-muted">The rest of this position</h3>
      {isRestOpen && <p className="text-xs text-ink-faint">What is left of it is still open.</p>}
      <ul className="flex flex-col gap-1">
        {others.map((other) => (
          <li key={other.orderId}>
            <button
              type="button"
              data-testid="receipt-relative"
              data-order-id={other.orderId}
              onClick={() => onShow(other)}
              className="flex min-h-8 w-full items-center justify-between gap-3 rounded-md border border-line px-3 py-1 text-left text-xs text-ink transition-colors hover:bg-hover"
            >
              <span>
                {closeReasonWords(other.closeReason)}
                <span className="block text-ink-faint">{formatDateTime(other.closeTimestamp)} UTC</span>
              </span>
              <SignedUsd cents={other.netPnl ?? other.pnl} />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
