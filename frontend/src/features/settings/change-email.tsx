import { useState } from 'react';
import { CodeForm } from '@/components/code-form';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import type { Me } from '@/lib/api/types';
import { textOf } from '@/lib/form';
import { askEmailChange, confirmEmailChange } from './api';
import { OwnerForm } from './owner-form';

interface ChangeEmailProps {
  me: Me;
  onDone: (email: string) => void;
  onClose: () => void;
}

/** First the proof and the new address, then the code that was mailed there. */
export function ChangeEmail({ me, onDone, onClose }: ChangeEmailProps) {
  const [asked, setAsked] = useState<string | null>(null);
  if (asked !== null) {
    return (
      <Dialog
        isOpen
        onClose={onClose}
        title="Look in your new mailbox"
        description={
          <>
            Enter the code that is on its way to <strong className="font-medium wrap-anywhere text-ink">{asked}</strong>. Until
            then your address stays as it is.
          </>
        }
      >
        <CodeForm
          name="email-confirm"
          label="6-digit code"
          submitLabel="Change the address"
          pendingLabel="Changing…"
          send={async (code) => onDone((await confirmEmailChange(code)).email)}
        />
      </Dialog>
    );
  }
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="Change your e-mail address"
      description="We mail a code to the new address, and tell the old one when it is changed."
    >
      <OwnerForm
        name="email"
        me={me}
        wantsCode
        submitLabel="Send the code"
        pendingLabel="Sending…"
        check={(form) => (textOf(form, 'email').trim() === '' ? { email: 'Enter the new address.' } : {})}
        send={async (proof, form) => {
          const email = textOf(form, 'email').trim();
          await askEmailChange({ ...proof, email });
          return email;
        }}
        onDone={setAsked}
        onCancel={onClose}
      >
        {(errors) => (
          <Field label="New e-mail address" error={errors.email}>
            {(control) => <Input {...control} name="email" type="email" autoComplete="email" autoFocus data-testid="email-new" />}
          </Field>
        )}
      </OwnerForm>
    </Dialog>
  );
}
