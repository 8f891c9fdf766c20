import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, type SubmitEvent, useState } from 'react';
import { toast } from 'sonner';
import { Button } from '@/components/ui/button';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Notice } from '@/components/ui/notice';
import { describeError } from '@/lib/api/errors';
import { opsKeys } from './api';

const REASON_MIN = 5;

interface ReasonDialogProps {
  title: string;
  description: ReactNode;
  submitLabel: string;
  /** Said once it is done. */
  done: string;
  isGrave?: boolean;
  send: (reason: string) => Promise<unknown>;
  onClose: () => void;
  /** What else is asked, above the reason. */
  children?: ReactNode;
  isReady?: boolean;
}

/** Asks why before anything is done: the answer is kept with the deed. */
export function ReasonDialog({ isGrave = false, isReady = true, ...props }: ReasonDialogProps) {
  const [reason, setReason] = useState('');
  const client = useQueryClient();
  const mutation = useMutation({
    mutationFn: () => props.send(reason.trim()),
    onSuccess: () => {
      toast.success(props.done);
      props.onClose();
    },
    // Also what was refused is on record, and may have been done in part.
    onSettled: () => client.invalidateQueries({ queryKey: opsKeys.all }),
  });
  const isEnough = reason.trim().length >= REASON_MIN;
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    if (isEnough && isReady) mutation.mutate();
  };
  return (
    <Dialog isOpen onClose={props.onClose} title={props.title} description={props.description} testId="reason-dialog">
      <form onSubmit={onSubmit} className="flex flex-col gap-4">
        {props.children}
        <Field label="Why" hint="Kept on record, with your name.">
          {(control) => (
            <Input
              {...control}
              data-testid="reason"
              value={reason}
              maxLength={500}
              autoComplete="off"
              onChange={(event) => setReason(event.target.value)}
            />
          )}
        </Field>
        {mutation.isError && <Notice tone="error">{describeError(mutation.error)}</Notice>}
        <DialogActions>
          <Button onClick={props.onClose}>Cancel</Button>
          <Button
            type="submit"
            variant={isGrave ? 'short' : 'primary'}
            disabled={!isEnough || !isReady || mutation.isPending}
            data-testid="reason-submit"
          >
            {mutation.isPending ? 'Being done…' : props.submitLabel}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
