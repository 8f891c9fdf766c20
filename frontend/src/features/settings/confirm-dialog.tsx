import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Button } from '@/components/ui/button';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import { Notice } from '@/components/ui/notice';
import { describeError } from '@/lib/api/errors';

interface ConfirmDialogProps {
  title: string;
  description: ReactNode;
  submitLabel: string;
  pendingLabel: string;
  send: () => Promise<unknown>;
  onDone: () => void;
  onClose: () => void;
}

/** Asks before what can't be taken back. */
export function ConfirmDialog({ title, description, send, onDone, onClose, ...labels }: ConfirmDialogProps) {
  const mutation = useMutation({ mutationFn: send, onSuccess: onDone });
  return (
    <Dialog isOpen onClose={onClose} title={title} description={description} testId="confirm-dialog">
      {mutation.isError && <Notice tone="error">{describeError(mutation.error)}</Notice>}
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button variant="short" disabled={mutation.isPending} data-testid="confirm-submit" onClick={() => mutation.mutate()}>
          {mutation.isPending ? labels.pendingLabel : labels.submitLabel}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
