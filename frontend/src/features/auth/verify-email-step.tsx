import { CodeForm } from '@/components/code-form';
import { ResendCode } from '@/components/resend-code';
import { LinkButton } from '@/components/ui/link-button';
import { resendCode, verifyEmail } from './api';
import { AuthLayout } from './auth-layout';

interface VerifyEmailStepProps {
  email: string;
  /** The server's sentence: it may ask for a new password. */
  onVerified: (message: string) => Promise<void>;
  onBack: () => void;
}

/** The same for a new address and a taken one: the mail says the rest. */
export function VerifyEmailStep({ email, onVerified, onBack }: VerifyEmailStepProps) {
  return (
    <AuthLayout
      title="Look in your mailbox"
      subtitle={
        <>
          A message is on its way to <strong className="font-medium wrap-anywhere text-ink">{email}</strong>. Enter the code
          that is in it.
        </>
      }
    >
      <div data-testid="check-mailbox" className="flex flex-col gap-5">
        <CodeForm
          name="verify"
          label="6-digit code"
          submitLabel="Confirm"
          pendingLabel="Confirming…"
          send={async (code) => onVerified((await verifyEmail(email, code)).message)}
        />
        <ResendCode send={() => resendCode(email)} />
        <LinkButton className="self-start text-sm" onClick={onBack}>
          Back
        </LinkButton>
      </div>
    </AuthLayout>
  );
}
