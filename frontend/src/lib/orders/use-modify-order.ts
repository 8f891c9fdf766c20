import { useMutation } from '@tanstack/react-query';
import { toast } from 'sonner';
import { isUnauthorized } from '@/lib/api/errors';
import type { ModifyOrderAnswer, ModifyOrderRequest } from '@/lib/api/types';
import { fetchAccount } from '@/lib/queries';
import { accountStore } from '@/lib/stores/account';
import { refusalOf, sendCommand } from './send-command';

/** Sets or removes triggers of an open order. A refusal is told in a toast; what the server holds is then fetched. */
export function useModifyOrder() {
  return useMutation({
    mutationFn: (changes: ModifyOrderRequest) => sendCommand<ModifyOrderAnswer>('/trade/modify', changes),
    onSuccess: ({ order }) => accountStore.getState().put(order),
    onError: (error) => {
      if (!isUnauthorized(error)) toast.error('Not changed', { description: refusalOf(error) });
      void fetchAccount();
    },
  });
}
