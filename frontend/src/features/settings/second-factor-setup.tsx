import { QRCodeSVG } from 'qrcode.react';
import { useState } from 'react';
import { CodeForm } from '@/components/code-form';
import { CopyButton } from '@/components/ui/copy-button';
import { Dialog } from '@/components/ui/dialog';
import type { Me } from '@/lib/api/types';
import { beginSecondFactor, confirmSecondFactor } from './api';
import { OwnerForm } from './owner-form';
import { RecoveryCodes } from './recovery-codes';

interface SecondFactorSetupProps {
  me: Me;
  onClose: () => void;
  onDone: () => void;
}

/** Proof, then the secret into the app and a code out of it, then the recovery codes. */
export function SecondFactorSetup({ me, onClose, onDone }: SecondFactorSetupProps) {
  const [begun, setBegun] = useState<{ secret: string; uri: string } | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  if (codes !== null) return <RecoveryCodes codes={codes} email={me.email} onDone={onDone} isFirst />;
  if (begun !== null) {
    return (
      <Dialog
        isOpen
        onClose={onClose}
        title="Scan the code"
        description="With an authenticator app: 1Password, Google Authenticator, Aegis, or any other."
      >
        <AppSecret {...begun} />
        <CodeForm
          name="second-factor"
          label="The 6 digits that the app shows now"
          submitLabel="Turn on"
          pendingLabel="Checking…"
          send={async (code) => setCodes((await confirmSecondFactor(code)).recoveryCodes)}
        />
      </Dialog>
    );
  }
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="Set up a second factor"
      description="You need your phone and an authenticator app on it."
    >
      <OwnerForm
        name="second-factor"
        me={me}
        submitLabel="Continue"
        pendingLabel="One moment…"
        send={({ password }) => beginSecondFactor(password)}
        onDone={setBegun}
        onCancel={onClose}
      />
    </Dialog>
  );
}

function AppSecret({ secret, uri }: { secret: string; uri: string }) {
  return (
    <div className="mb-5 flex flex-col items-center gap-4">
      {/* Dark on light in both themes: many cameras don't read it the other way round. */}
      <div className="rounded-lg bg-qr-ground p-3">
        <QRCodeSVG
          value={uri}
          size={176}
          level="M"
          title="QR code for your authenticator app"
          bgColor="transparent"
          fgColor="currentColor"
          className="text-qr"
        />
      </div>
      <div className="w-full">
        <p className="mb-1.5 text-xs text-ink-faint">No camera at hand? Type this secret into the app:</p>
        <div className="flex items-center gap-2 rounded-md bg-raised py-1.5 pr-1.5 pl-3">
          <code data-testid="second-factor-secret" className="min-w-0 flex-1 text-sm break-all text-ink">
            {secret.replace(/(.{4})(?=.)/g, '$1 ')}
          </code>
          <CopyButton size="sm" text={secret} />
        </div>
      </div>
    </div>
  );
}
