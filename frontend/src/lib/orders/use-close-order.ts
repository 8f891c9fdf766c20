import { useMutation, useQueryClient } from '@tanstack/react-query';
import { toast } from 'sonner';
import { isUnauthorized } from '@/lib/api/errors';
import type { CloseOrderAnswer, Order } from '@/lib/api/types';
import { usdToCents } from '@/lib/money';
import { announceClosed } from '@/lib/order-toasts';
import { fetchAccount, refreshHistorySoon } from '@/lib/queries';
import { accountStore } from '@/lib/stores/account';
import { whilePending } from '@/lib/stores/pending';
import { refusalOf, sendCommand } from './send-command';

/** Closes a whole position at the current price. */
export function useCloseOrder() {
  const client = useQueryClient();
  const mutation = useMutation({
    mutationFn: ({ orderId }: Order) =>
      whilePending(orderId, { kind: 'closing' }, sendCommand<CloseOrderAnswer>('/trade/close', { orderId })),
    onSuccess: ({ closePrice, pnl }, order) => {
      accountStore.getState().remove(order.orderId);
      announceClosed({ ...order, closePrice, closeReason: 'manual', pnl: usdToCents(pnl) });
      refreshHistorySoon(client);
    },
    onError: (error) => {
      if (!isUnauthorized(error)) toast.error('Position not closed', { description: refusalOf(error) });
    },
    // Also after a refusal: most likely a trigger closed the position first.
    onSettled: () => fetchAccount(),
  });
  return { close: mutation.mutate, isPending: mutation.isPending };
}
