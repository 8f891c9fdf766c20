import { useState } from 'react';
import { SignedUsd } from '@/components/signed-usd';
import { Button } from '@/components/ui/button';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import { Figure, FigureList } from '@/components/ui/figure-list';
import { Segmented } from '@/components/ui/segmented';
import type { CloseAllAnswer } from '@/lib/api/types';
import { useFramed } from '@/lib/frame';
import { formatUsd } from '@/lib/money';
import { refusalOf } from '@/lib/orders/send-command';
import { useCloseAll } from '@/lib/orders/use-close-all';
import { marginInUse, totalLivePnl } from '@/lib/portfolio';
import { useAccount } from '@/lib/stores/account';
import { priceStore } from '@/lib/stores/prices';
import { SYMBOLS } from '@/lib/stores/selection';

const EVERYTHING = 'all';

/** Closes everything, or all of one asset, after a look at what that comes to; then says what could not be closed. */
export default function CloseAllDialog({ onClose }: { onClose: () => void }) {
  const [which, setWhich] = useState(EVERYTHING);
  const closing = useCloseAll();
  const orders = useAccount((state) => state.orders);
  const chosen = Object.fromEntries(
    Object.entries(orders).filter(([, { asset }]) => which === EVERYTHING || asset === which),
  );
  const count = Object.keys(chosen).length;
  const pnl = useFramed(priceStore, ({ quotes }) => totalLivePnl(chosen, quotes));
  const held = SYMBOLS.filter((symbol) => Object.values(orders).some(({ asset }) => asset === symbol));

  if (closing.data) return <Outcome answer={closing.data} onClose={onClose} />;
  return (
    <Dialog
      isOpen
      onClose={onClose}
      testId="close-all-dialog"
      title="Close all positions?"
      description="Each is closed at the price of its moment. This can’t be taken back."
    >
      <Segmented
        label="Which positions"
        value={which}
        options={[EVERYTHING, ...held].map((value) => ({
          value,
          label: value === EVERYTHING ? 'All' : value,
          testId: `close-all-${value}`,
        }))}
        onChange={setWhich}
        itemClassName="flex-1"
      />
      <FigureList className="mt-4 rounded-md bg-canvas p-3">
        <Figure label="Positions">{count}</Figure>
        <Figure label="Margin">{formatUsd(marginInUse(chosen))}</Figure>
        <Figure label="Profit or loss, about">{pnl === null ? '–' : <SignedUsd cents={pnl} />}</Figure>
      </FigureList>
      {closing.error !== null && (
        <p role="alert" className="mt-3 rounded-md bg-short-soft px-3 py-2 text-xs text-short">
          {refusalOf(closing.error)}
        </p>
      )}
      <DialogActions>
        <Button onClick={onClose}>Keep them</Button>
        <Button
          variant="short"
          data-testid="close-all-confirm"
          disabled={count === 0 || closing.isPending}
          onClick={() => closing.mutate(which === EVERYTHING ? null : which)}
        >
          {closing.isPending ? 'Closing…' : `Close ${count} ${count === 1 ? 'position' : 'positions'}`}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

function Outcome({ answer: { closed, failed }, onClose }: { answer: CloseAllAnswer; onClose: () => void }) {
  const total = closed.reduce((sum, { pnl }) => sum + pnl, 0);
  return (
    <Dialog
      isOpen
      onClose={onClose}
      testId="close-all-outcome"
      title={failed.length === 0 ? 'All closed' : `${closed.length} closed, ${failed.length} not`}
      description={
        <>
          {closed.length} {closed.length === 1 ? 'position' : 'positions'} closed, together <SignedUsd cents={total} />.
        </>
      }
    >
      {failed.length > 0 && (
        <ul className="flex flex-col gap-1 rounded-md bg-short-soft px-3 py-2 text-xs text-short">
          {failed.map(({ orderId, error }) => (
            <li key={orderId}>{error}</li>
          ))}
        </ul>
      )}
      <DialogActions>
        <Button variant="primary" autoFocus onClick={onClose}>
          Done
        </Button>
      </DialogActions>
    </Dialog>
  );
}
