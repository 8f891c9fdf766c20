import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { toast } from 'sonner';
import { NewPasswordField } from '@/components/password-field';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import type { Me } from '@/lib/api/types';
import { textOf } from '@/lib/form';
import { PASSWORD_LENGTH_MIN } from '@/lib/passwords';
import { queryKeys } from '@/lib/queries';
import { changePassword } from './api';
import { Card } from '@/components/card';
import { MeCard } from './me-card';
import { type Errors, OwnerForm } from './owner-form';

export function PasswordSection() {
  return <MeCard title="Password">{(me) => <Password me={me} />}</MeCard>;
}

function Password({ me }: { me: Me }) {
  const client = useQueryClient();
  const [isChanging, setChanging] = useState(false);
  const close = () => setChanging(false);
  const verb = me.hasPassword ? 'Change' : 'Set';
  const done = ({ message }: { message: string }) => {
    close();
    toast.success(message);
    void client.invalidateQueries({ queryKey: queryKeys.me });
  };
  return (
    <Card
      title="Password"
      description={
        me.hasPassword
          ? 'You are signed out on all other devices when you change it.'
          : 'You have none: you sign in through a provider. With a password you can sign in here too.'
      }
      action={
        <Button data-testid="change-password" onClick={() => setChanging(true)}>
          {verb} password
        </Button>
      }
    >
      {isChanging && (
        <Dialog
          isOpen
          onClose={close}
          title={`${verb} your password`}
          description="Your other devices are signed out. This one stays signed in."
        >
          <OwnerForm
            name="password"
            me={me}
            wantsCode
            isPasswordFirst
            submitLabel={`${verb} password`}
            pendingLabel="Saving…"
            check={checkPassword}
            send={({ password: currentPassword, secondFactor }, form) =>
              changePassword({
                password: textOf(form, 'password'),
                ...(currentPassword !== undefined && { currentPassword }),
                ...(secondFactor !== undefined && { secondFactor }),
              })
            }
            onDone={done}
            onCancel={close}
          >
            {(errors) => (
              <NewPasswordField
                label="New password"
                name="password"
                error={errors.password}
                data-testid="password-new"
              />
            )}
          </OwnerForm>
        </Dialog>
      )}
    </Card>
  );
}

function checkPassword(form: FormData): Errors {
  if (textOf(form, 'password').length >= PASSWORD_LENGTH_MIN) return {};
  return { password: `A password has at least ${PASSWORD_LENGTH_MIN} characters.` };
}
