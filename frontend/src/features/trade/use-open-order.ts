import { useMutation } from '@tanstack/react-query';
import { useRef } from 'react';
import { toast } from 'sonner';
import { request } from '@/lib/api/client';
import { describeError, isOutcomeUnknown, isUnauthorized } from '@/lib/api/errors';
import type { OpenOrderAnswer, OpenOrderRequest } from '@/lib/api/types';
import { announceOpened } from '@/lib/order-toasts';
import { fetchAccount } from '@/lib/queries';
import { accountStore } from '@/lib/stores/account';
import { randomUuid } from '@/lib/uuid';

const RETRIES = 2;

interface Submission {
  order: OpenOrderRequest;
  idempotencyKey: string;
}

/** Places orders, each at most once: as long as no answer has come, the same order goes out under the same key. */
export function useOpenOrder() {
  const unanswered = useRef<Submission | null>(null);
  const mutation = useMutation({
    mutationFn: ({ order, idempotencyKey }: Submission) =>
      request<OpenOrderAnswer>('/trade/open', { method: 'POST', body: order, idempotencyKey }),
    retry: (failures, error) => isOutcomeUnknown(error) && failures < RETRIES,
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
      if (!isOutcomeUnknown(error)) unanswered.current = null;
    },
  });

  const submit = (order: OpenOrderRequest) => {
    const isSame = JSON.stringify(unanswered.current?.order) === JSON.stringify(order);
    if (!unanswered.current || !isSame) unanswered.current = { order, idempotencyKey: randomUuid() };
    mutation.mutate(unanswered.current);
  };
  return { submit, isPending: mutation.isPending, error: mutation.error, reset: mutation.reset };
}

export function refusalOf(error: unknown): string {
  if (!isOutcomeUnknown(error)) return describeError(error);
  return 'No answer came, so it isn’t known whether the order was placed. Sending it again unchanged is safe: it is placed once.';
}
