import { toast } from 'sonner';
import type { ClosedOrder, Order } from './api/types';
import { closeSentence, sideWord } from './close-reasons';
import { formatPrice, formatUsd } from './money';

/*
 * An order's opening and closing are told twice, by the answer to our request and by the stream, and the one may come
 * without the other. The toast's id makes them one.
 */

export function announceOpened(order: Order): void {
  toast.success(`${order.asset} ${sideWord(order.type)} opened · ${formatUsd(order.margin)} at ${order.leverage}x`, {
    id: `opened-${order.orderId}`,
    description: `Entry ${formatPrice(order.openPrice)}`,
  });
}

type Closing = Pick<ClosedOrder, 'orderId' | 'asset' | 'type' | 'closeReason' | 'pnl' | 'closePrice'>;

export function announceClosed(order: Closing): void {
  const options = { id: `closed-${order.orderId}`, description: `At ${formatPrice(order.closePrice)}` };
  if (order.closeReason === 'liquidation') toast.error(closeSentence(order), { ...options, duration: 15_000 });
  else if (order.pnl < 0) toast.info(closeSentence(order), options);
  else toast.success(closeSentence(order), options);
}
