import { useMutation, useQueryClient } from '@tanstack/react-query';
import { toast } from 'sonner';
import type { Order, PartialCloseAnswer } from '@/lib/api/types';
import { sideWord } from '@/lib/close-reasons';
import { formatPrice, formatSignedUsd } from '@/lib/money';
import { fetchAccount, refreshHistorySoon } from '@/lib/queries';
import { sendCommand } from './send-command';

interface PartialClose {
  order: Order;
  percentage: number;
}

/** Closes a part of a position, 1 to 99 %; the part gets a row of its own in the history. */
export function usePartialClose() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ order, percentage }: PartialClose) =>
      sendCommand<PartialCloseAnswer>('/trade/partial-close', { orderId: order.orderId, percentage }),
    onSuccess: ({ percentageClosed, pnl, closePrice }, { order }) => {
      toast.success(`${percentageClosed}% of ${order.asset} ${sideWord(order.type)} closed · ${formatSignedUsd(pnl)}`, {
        description: `At ${formatPrice(closePrice)}`,
      });
      refreshHistorySoon(client);
    },
    onSettled: () => fetchAccount(),
  });
}
