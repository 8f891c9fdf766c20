import { useMutation, useQueryClient } from '@tanstack/react-query';
import { toast } from 'sonner';
import { Button } from '@/components/ui/button';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import { Notice } from '@/components/ui/notice';
import type { ResetAnswer } from '@/lib/api/types';
import { formatUsd } from '@/lib/money';
import { refusalOf, sendCommand } from '@/lib/orders/send-command';
import { fetchAccount, refreshHistorySoon } from '@/lib/queries';
import { accountStore, useAccount } from '@/lib/stores/account';

/** Starting over: everything open is closed, and the balance is a new account's. */
export default function ResetDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const count = useAccount((state) => Object.keys(state.orders).length);
  const reset = useMutation({
    mutationFn: () => sendCommand<ResetAnswer>('/trade/reset', {}),
    onSuccess: ({ balance, closed }) => {
      for (const { orderId } of closed) accountStore.getState().remove(orderId);
      toast.success('You have started over', {
        description: `The balance is ${formatUsd(balance.cents)}.${closed.length > 0 ? ` Closed for it: ${closed.length}.` : ''}`,
      });
      refreshHistorySoon(client);
      onClose();
    },
    onSettled: () => fetchAccount(),
  });
  return (
    <Dialog
      isOpen
      onClose={onClose}
      testId="reset-dialog"
      title="Start over?"
      description={
        <>
          {count === 0
            ? 'Your balance is set to that of a new account.'
            : `${count === 1 ? 'Your open position is' : `Your ${count} open positions are`} closed at the price of the moment, and your balance is set to that of a new account.`}{' '}
          Your history stays. This can’t be taken back.
        </>
      }
    >
      {reset.error && <Notice tone="error">{refusalOf(reset.error)}</Notice>}
      <DialogActions>
        <Button onClick={onClose}>Go on as it is</Button>
        <Button variant="short" data-testid="reset-confirm" disabled={reset.isPending} onClick={() => reset.mutate()}>
          {reset.isPending ? 'Starting over…' : 'Start over'}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
