import { Download } from 'lucide-react';
import { Button } from '@/components/ui/button';
import { CopyButton } from '@/components/ui/copy-button';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import { Notice } from '@/components/ui/notice';
import { downloadText } from '@/lib/clipboard';

interface RecoveryCodesProps {
  codes: readonly string[];
  email: string;
  onDone: () => void;
  /** The second factor has just been turned on. */
  isFirst?: boolean;
}

/** They are in no other answer of the server's: only the button closes this. */
export function RecoveryCodes({ codes, email, onDone, isFirst = false }: RecoveryCodesProps) {
  const text = codes.join('\n');
  const file = `Recovery codes of cfdesk for ${email}\nEach signs you in once without the authenticator app.\n\n${text}\n`;
  return (
    <Dialog
      isOpen
      onClose={onDone}
      isPinned
      title={isFirst ? 'The second factor is on' : 'Your new recovery codes'}
      description="Keep these codes apart from your phone: each signs you in once when the app is out of reach."
    >
      <ul
        aria-label="Recovery codes"
        className="grid grid-cols-2 gap-x-6 gap-y-1.5 rounded-md bg-raised px-5 py-4 text-center text-sm text-ink"
      >
        {codes.map((code) => (
          <li key={code} data-testid="recovery-code-row">
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div className="mt-3 flex gap-2">
        <CopyButton text={text} label="Copy all" className="flex-1" />
        <Button className="flex-1" data-testid="recovery-download" onClick={() => downloadText('cfdesk-recovery-codes.txt', file)}>
          <Download aria-hidden className="size-3.5" />
          Download
        </Button>
      </div>
      <Notice tone="warn" className="mt-4">
        They are shown this once.
      </Notice>
      <DialogActions>
        <Button variant="primary" data-testid="recovery-done" onClick={onDone}>
          I have kept them
        </Button>
      </DialogActions>
    </Dialog>
  );
}
