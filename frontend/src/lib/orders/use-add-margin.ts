import { useMutation } from '@tanstack/react-query';
import { toast } from 'sonner';
import type { AddMarginAnswer, Order } from '@/lib/api/types';
import { sideWord } from '@/lib/close-reasons';
import { centsToDecimal, formatPrice, formatUsd } from '@/lib/money';
import { fetchAccount } from '@/lib/queries';
import { sendCommand } from './send-command';

interface AddMargin {
  order: Order;
  cents: number;
}

/** Adds margin to a position: its liquidation price moves away, its size stays. */
export function useAddMargin() {
  return useMutation({
    mutationFn: ({ order, cents }: AddMargin) =>
      sendCommand<AddMarginAnswer>('/trade/add-margin', { orderId: order.orderId, additionalMargin: centsToDecimal(cents) }),
    onSuccess: ({ newLiquidationPrice }, { order, cents }) => {
      toast.success(`${formatUsd(cents)} added to ${order.asset} ${sideWord(order.type)}`, {
        description: newLiquidationPrice > 0 ? `Liquidation now at ${formatPrice(newLiquidationPrice)}` : 'It can’t be liquidated now.',
      });
    },
    onSettled: () => fetchAccount(),
  });
}
