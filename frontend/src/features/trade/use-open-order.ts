import { useMutation } from '@tanstack/react-query';
import { useRef } from 'react';
import { toast } from 'sonner';
import { isOutcomeUnknown, isUnauthorized } from '@/lib/api/errors';
import type { OpenOrderAnswer, OpenOrderRequest } from '@/lib/api/types';
import { announceOpened } from '@/lib/order-toasts';
import { refusalOf, sendCommand } from '@/lib/orders/send-command';
import { fetchAccount } from '@/lib/queries';
import { accountStore } from '@/lib/stores/account';
import type { OrderDraft } from './order-form';

/**
 * Places orders, each at most once. While the outcome of one isn't known, the same draft goes out again word for word,
 * though the price that its triggers were reckoned from has moved: anything else would be a second order.
 */
export function useOpenOrder() {
  const isUnderWay = useRef(false);
  const unanswered = useRef<{ draft: string; order: OpenOrderRequest } | null>(null);
  const mutation = useMutation({
    mutationFn: (order: OpenOrderRequest) => sendCommand<OpenOrderAnswer>('/trade/open', order),
    onSuccess: ({ order }) => {
      accountStore.getState().put(order);
      announceOpened(order);
      // The balance comes with the event; without a stream this is the only way to see it.
      void fetchAccount();
    },
    onError: (error) => {
      if (!isUnauthorized(error)) toast.error('Order not placed', { description: refusalOf(error) });
    },
    onSettled: (_answer, error) => {
      isUnderWay.current = false;
      if (!isOutcomeUnknown(error)) unanswered.current = null;
    },
  });
  const submit = (order: OpenOrderRequest, draft: OrderDraft) => {
    // The state that renders would be a press too late.
    if (isUnderWay.current) return;
    isUnderWay.current = true;
    const text = JSON.stringify({ asset: order.asset, draft });
    const again = unanswered.current?.draft === text ? unanswered.current.order : order;
    unanswered.current = { draft: text, order: again };
    mutation.mutate(again);
  };
  return { submit, isPending: mutation.isPending, error: mutation.error, reset: mutation.reset };
}
