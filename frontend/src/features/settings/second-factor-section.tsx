import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { toast } from 'sonner';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Notice } from '@/components/ui/notice';
import type { Me } from '@/lib/api/types';
import { queryKeys } from '@/lib/queries';
import { removeSecondFactor, renewRecoveryCodes } from './api';
import { Card, Row, Rows } from '@/components/card';
import { MeCard } from './me-card';
import { OwnerForm } from './owner-form';
import { RecoveryCodes } from './recovery-codes';
import { SecondFactorSetup } from './second-factor-setup';

const FEW_CODES = 3;

type Open = 'set-up' | 'remove' | 'renew' | null;

export function SecondFactorSection() {
  return <MeCard title="Second factor">{(me) => <SecondFactor me={me} />}</MeCard>;
}

function SecondFactor({ me }: { me: Me }) {
  const client = useQueryClient();
  const [open, setOpen] = useState<Open>(null);
  const { enabled, recoveryCodesLeft } = me.secondFactor;
  const close = () => setOpen(null);
  const finish = () => {
    close();
    void client.invalidateQueries({ queryKey: queryKeys.me });
  };
  const removed = () => {
    finish();
    toast.success('The second factor is off', { description: 'No code is asked for any more.' });
  };
  return (
    <Card
      testId="second-factor"
      title="Second factor"
      description="A code of an authenticator app on your phone, asked for after your password. A stolen password alone then opens nothing."
      action={
        !enabled && (
          <Button variant="primary" data-testid="second-factor-set-up" onClick={() => setOpen('set-up')}>
            Set up
          </Button>
        )
      }
    >
      {enabled && (
        <Rows label="Second factor">
          <Row
            title={
              <>
                Authenticator app <Badge tone="long">On</Badge>
              </>
            }
            action={
              <Button data-testid="second-factor-remove" onClick={() => setOpen('remove')}>
                Remove
              </Button>
            }
          >
            Asked for at every sign-in.
          </Row>
          <Row
            title={
              <>
                Recovery codes{' '}
                <Badge tone={recoveryCodesLeft < FEW_CODES ? 'warn' : 'neutral'} data-testid="recovery-codes-left">
                  {recoveryCodesLeft} left
                </Badge>
              </>
            }
            action={
              <Button data-testid="recovery-codes-renew" onClick={() => setOpen('renew')}>
                New codes
              </Button>
            }
          >
            For the day your phone is lost. Each works once.
          </Row>
        </Rows>
      )}
      {open === 'set-up' && <SecondFactorSetup me={me} onClose={close} onDone={finish} />}
      {open === 'remove' && <RemoveDialog me={me} onClose={close} onDone={removed} />}
      {open === 'renew' && <RenewDialog me={me} onClose={close} onDone={finish} />}
    </Card>
  );
}

interface DialogProps {
  me: Me;
  onClose: () => void;
  onDone: () => void;
}

function RemoveDialog({ me, onClose, onDone }: DialogProps) {
  return (
    <Dialog isOpen onClose={onClose} title="Remove the second factor" description="Whoever has your password can sign in then.">
      <OwnerForm
        name="second-factor-remove"
        me={me}
        wantsCode
        isDanger
        submitLabel="Remove"
        pendingLabel="Removing…"
        send={({ password, secondFactor = '' }) => removeSecondFactor({ code: secondFactor, ...(password && { password }) })}
        onDone={onDone}
        onCancel={onClose}
      />
    </Dialog>
  );
}

function RenewDialog({ me, onClose, onDone }: DialogProps) {
  const [codes, setCodes] = useState<string[] | null>(null);
  if (codes !== null) return <RecoveryCodes codes={codes} email={me.email} onDone={onDone} />;
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="New recovery codes"
      description="You get ten new ones, and the earlier ones are good for nothing any more."
    >
      {me.secondFactor.recoveryCodesLeft > 0 && (
        <Notice tone="warn" className="mb-4">
          Wherever you keep the old codes, replace them.
        </Notice>
      )}
      <OwnerForm
        name="recovery-codes"
        me={me}
        wantsCode
        submitLabel="Make new codes"
        pendingLabel="Making…"
        send={({ password, secondFactor = '' }) => renewRecoveryCodes({ code: secondFactor, ...(password && { password }) })}
        onDone={({ recoveryCodes }) => setCodes(recoveryCodes)}
        onCancel={onClose}
      />
    </Dialog>
  );
}
