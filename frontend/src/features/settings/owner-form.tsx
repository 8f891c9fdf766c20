import { useMutation } from '@tanstack/react-query';
import { type ReactNode, type SubmitEvent, useState } from 'react';
import { PasswordField } from '@/components/password-field';
import { SecondFactorField } from '@/components/second-factor-field';
import { Button } from '@/components/ui/button';
import { DialogActions } from '@/components/ui/dialog';
import { Notice } from '@/components/ui/notice';
import { ApiError, describeError, fieldErrors } from '@/lib/api/errors';
import type { Me } from '@/lib/api/types';
import { textOf } from '@/lib/form';
import type { Proof } from './api';
import { SignInAgain } from './sign-in-again';

export type Errors = Readonly<Record<string, string>>;

interface OwnerFormProps<Answer> {
  /** Prefix of the test ids. */
  name: string;
  me: Me;
  /** Whether the second factor, where there is one, is asked for beside the password. */
  wantsCode?: boolean;
  submitLabel: string;
  pendingLabel: string;
  isDanger?: boolean;
  send: (proof: Proof, form: FormData) => Promise<Answer>;
  onDone: (answer: Answer) => void;
  onCancel: () => void;
  /** What is wrong before anything is sent, by field. */
  check?: (form: FormData) => Errors;
  /** A new password is asked for too: the present one comes first then, as everywhere. */
  isPasswordFirst?: boolean;
  /** The change's own fields. */
  children?: (errors: Errors) => ReactNode;
}

const PROOF_ERRORS = ['wrong_password', 'second_factor_required', 'wrong_second_factor'];

/**
 * A change of what guards the account, with the proof that the owner makes it: the password where there is one, the
 * second factor where there is one, and without either a sign-in of just now. Stays until the server says yes.
 */
export function OwnerForm<Answer>({ name, me, send, check, children, ...props }: OwnerFormProps<Answer>) {
  const [code, setCode] = useState('');
  const [gaps, setGaps] = useState<Errors>({});
  const mutation = useMutation({
    mutationFn: ({ proof, form }: { proof: Proof; form: FormData }) => send(proof, form),
    onSuccess: props.onDone,
    onError: () => setCode(''),
  });
  const errorCode = mutation.error instanceof ApiError ? mutation.error.code : null;
  // The account may have got its second factor in another tab.
  const asksForCode = (props.wantsCode === true && me.secondFactor.enabled) || errorCode === 'second_factor_required';

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (mutation.isPending) return;
    const form = new FormData(event.currentTarget);
    const password = textOf(form, 'owner-password');
    const missing: Errors = {
      ...check?.(form),
      ...(me.hasPassword && password === '' && { owner: 'Enter your password.' }),
      ...(asksForCode && code === '' && { secondFactor: 'Enter the code.' }),
    };
    setGaps(missing);
    if (Object.keys(missing).length > 0) return;
    const proof = { ...(me.hasPassword && { password }), ...(asksForCode && { secondFactor: code }) };
    mutation.mutate({ proof, form });
  };

  if (errorCode === 'sign_in_again') return <SignInAgain me={me} onCancel={props.onCancel} />;
  const errors: Errors = { ...fieldErrors(mutation.error), ...gaps };
  const isToldBeside = PROOF_ERRORS.includes(errorCode ?? '') || Object.keys(errors).length > 0;
  const sentence = mutation.isError ? describeError(mutation.error) : undefined;
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-4">
      <input hidden readOnly name="username" autoComplete="username" value={me.email} />
      {!props.isPasswordFirst && children?.(errors)}
      {me.hasPassword && (
        <PasswordField
          label={props.isPasswordFirst ? 'Present password' : 'Your password'}
          name="owner-password"
          data-testid={`${name}-owner-password`}
          error={errors.owner ?? (errorCode === 'wrong_password' ? sentence : undefined)}
        />
      )}
      {props.isPasswordFirst && children?.(errors)}
      {asksForCode && (
        <SecondFactorField
          value={code}
          onChange={setCode}
          error={errors.secondFactor ?? (errorCode === 'wrong_second_factor' && code === '' ? sentence : undefined)}
        />
      )}
      {mutation.isError && !isToldBeside && (
        <Notice tone="error" data-testid={`${name}-error`}>
          {sentence}
        </Notice>
      )}
      <DialogActions>
        <Button onClick={props.onCancel}>Cancel</Button>
        <Button
          type="submit"
          variant={props.isDanger ? 'short' : 'primary'}
          disabled={mutation.isPending}
          data-testid={`${name}-submit`}
        >
          {mutation.isPending ? props.pendingLabel : props.submitLabel}
        </Button>
      </DialogActions>
    </form>
  );
}
