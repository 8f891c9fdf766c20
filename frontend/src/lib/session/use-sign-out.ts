import { useMutation } from '@tanstack/react-query';
import { toast } from 'sonner';
import { describeError } from '@/lib/api/errors';
import { signOut } from './enter';

/** Signs out, or says that it couldn't: until the server knows, the session is as good as before. */
export function useSignOut(): { signOut: () => void; isPending: boolean } {
  const { mutate, isPending } = useMutation({
    mutationFn: signOut,
    onError: (error) => toast.error('You are still signed in', { id: 'sign-out', description: describeError(error) }),
  });
  return { signOut: () => mutate(), isPending };
}
