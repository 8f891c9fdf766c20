import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { CloseAllAnswer } from '@/lib/api/types';
import { fetchAccount, refreshHistorySoon } from '@/lib/queries';
import { accountStore } from '@/lib/stores/account';
import { sendCommand } from './send-command';

/** Closes all positions, or those of one asset. The answer says which could not be closed, and why. */
export function useCloseAll() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (asset: string | null) => sendCommand<CloseAllAnswer>('/trade/close-all', asset === null ? {} : { asset }),
    onSuccess: ({ closed }) => {
      for (const order of closed) accountStore.getState().remove(order.orderId);
      refreshHistorySoon(client);
    },
    onSettled: () => fetchAccount(),
  });
}
