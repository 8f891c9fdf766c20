import { useMutation, useQueryClient } from '@tanstack/react-query';
import { toast } from 'sonner';
import { request } from '@/lib/api/client';
import { describeError, isOutcomeUnknown, isUnauthorized } from '@/lib/api/errors';
import type { CloseOrderAnswer, Order } from '@/lib/api/types';
import { usdToCents } from '@/lib/money';
import { announceClosed } from '@/lib/order-toasts';
import { fetchAccount, refreshHistorySoon } from '@/lib/queries';
import { accountStore } from '@/lib/stores/account';
import { randomUuid } from '@/lib/uuid';

const RETRIES = 2;

interface Closing {
  order: Order;
  /** Made with the click, so that retries of it are told from a second click. */
  idempotencyKey: string;
}

export function useCloseOrder() {
  const client = useQueryClient();
  const mutation = useMutation({
    mutationFn: ({ order, idempotencyKey }: Closing) =>
      request<CloseOrderAnswer>('/trade/close', { method: 'POST', body: { orderId: order.orderId }, idempotencyKey }),
    retry: (failures, error) => isOutcomeUnknown(error) && failures < RETRIES,
    onSuccess: ({ closePrice, pnl }, { order }) => {
      accountStore.getState().remove(order.orderId);
      announceClosed({ ...order, closePrice, closeReason: 'manual', pnl: usdToCents(pnl) });
      refreshHistorySoon(client);
    },
    onError: (error) => {
      if (!isUnauthorized(error)) toast.error('Position not closed', { description: describeError(error) });
    },
    // Also after a refusal: most likely a trigger closed the position first.
    onSettled: () => fetchAccount(),
  });
  const close = (order: Order) => mutation.mutate({ order, idempotencyKey: randomUuid() });
  return { close, isPending: mutation.isPending };
}
