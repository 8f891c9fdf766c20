import { useMutation } from '@tanstack/react-query';
import { toast } from 'sonner';
import { isUnauthorized } from '@/lib/api/errors';
import type { ModifyOrderAnswer, ModifyOrderRequest, TrailingStop } from '@/lib/api/types';
import { parsePrice } from '@/lib/money';
import { fetchAccount } from '@/lib/queries';
import { accountStore } from '@/lib/stores/account';
import { type Pending, whilePending } from '@/lib/stores/pending';
import { refusalOf, sendCommand } from './send-command';

/**
 * Sets or removes triggers of an open order, and shows them as asked until the answer. A refusal is told in a toast,
 * unless who asks shows it; what the server holds is then fetched.
 */
export function useModifyOrder({ isQuiet = false } = {}) {
  return useMutation({
    mutationFn: (changes: ModifyOrderRequest) =>
      whilePending(changes.orderId, asShown(changes), sendCommand<ModifyOrderAnswer>('/trade/modify', changes)),
    onSuccess: ({ order }) => accountStore.getState().put(order),
    onError: (error) => {
      if (!isQuiet && !isUnauthorized(error)) toast.error('Not changed', { description: refusalOf(error) });
      void fetchAccount();
    },
  });
}

function asShown({ takeProfit, stopLoss, trailingStopLoss }: ModifyOrderRequest): Pending {
  return {
    kind: 'amending',
    shown: {
      ...(takeProfit !== undefined && { takeProfit: takeProfit === null ? null : parsePrice(takeProfit) }),
      ...(stopLoss !== undefined && { stopLoss: stopLoss === null ? null : parsePrice(stopLoss) }),
      ...(trailingStopLoss !== undefined && { trailingStopLoss: trailingAsAsked(trailingStopLoss) }),
    },
  };
}

/** Where it will stand only the server knows: it follows from the price of that moment. */
function trailingAsAsked(asked: ModifyOrderRequest['trailingStopLoss']): TrailingStop | null {
  const distance = asked?.enabled ? parsePrice(asked.trailingDistance ?? '') : null;
  if (distance === null) return null;
  return { enabled: true, trailingDistance: distance, highestPrice: null, lowestPrice: null, stopPrice: null };
}
