import { MailCheck } from 'lucide-react';
import { Button } from '@/components/ui/button';
import { AuthLayout } from './auth-layout';

/** The same for a new address and a taken one: the mail says the rest. */
export function CheckMailbox({ email, onBack }: { email: string; onBack: () => void }) {
  return (
    <AuthLayout title="Look in your mailbox" subtitle={`A message is on its way to ${email}.`}>
      <div data-testid="check-mailbox" className="flex flex-col items-start gap-5">
        <p className="flex gap-3 rounded-md bg-raised p-3 text-sm text-ink-muted">
          <MailCheck aria-hidden className="mt-0.5 size-4.5 shrink-0 text-accent" />
          It says how to go on. If nothing comes within a few minutes, look in the spam folder.
        </p>
        <Button onClick={onBack}>Back</Button>
      </div>
    </AuthLayout>
  );
}
