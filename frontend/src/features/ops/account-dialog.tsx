import { useState } from 'react';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { parseUsd } from '@/lib/money';
import { type AccountRow, adjustBalance, haltAccount, resetAccount } from './api';
import { ReasonDialog } from './reason-dialog';

export type AccountDeed = 'halt' | 'resume' | 'adjust' | 'reset';

interface AccountDialogProps {
  deed: AccountDeed;
  account: AccountRow;
  onClose: () => void;
}

/** Asks why, and does it to the account. */
export function AccountDialog({ deed, account, onClose }: AccountDialogProps) {
  if (deed === 'adjust') return <Adjust account={account} onClose={onClose} />;
  if (deed === 'reset') {
    return (
      <ReasonDialog
        title={`Start ${account.email} over`}
        description="Every position is closed at the current prices, and the balance set to a new account’s."
        submitLabel="Start over"
        isGrave
        done={`${account.email} starts over`}
        send={(reason) => resetAccount(account.userId, reason)}
        onClose={onClose}
      />
    );
  }
  const isHalt = deed === 'halt';
  return (
    <ReasonDialog
      title={`${isHalt ? 'Halt' : 'Resume'} ${account.email}`}
      description={isHalt ? 'They can open nothing, and still close what they have.' : 'They can open positions again.'}
      submitLabel={isHalt ? 'Halt' : 'Resume'}
      isGrave={isHalt}
      done={`${account.email} ${isHalt ? 'is halted' : 'may trade again'}`}
      send={(reason) => haltAccount(account.userId, isHalt, reason)}
      onClose={onClose}
    />
  );
}

/** Cents with their sign, null for what is no amount. */
export function signedCents(text: string): number | null {
  const trimmed = text.trim().replace('−', '-');
  const cents = parseUsd(trimmed.replace(/^[+-]/, ''));
  if (cents === null || cents === 0) return null;
  return trimmed.startsWith('-') ? -cents : cents;
}

function Adjust({ account, onClose }: { account: AccountRow; onClose: () => void }) {
  const [amount, setAmount] = useState('');
  const cents = signedCents(amount);
  return (
    <ReasonDialog
      title={`Adjust the balance of ${account.email}`}
      description="An entry of the ledger, which the trader sees at once."
      submitLabel="Adjust"
      done="The balance is adjusted"
      isReady={cents !== null}
      send={(reason) => adjustBalance(account.userId, cents ?? 0, reason)}
      onClose={onClose}
    >
      <Field
        label="USD"
        hint="With a minus to take it."
        error={amount !== '' && cents === null ? 'An amount like 12.50 or -12.50' : undefined}
      >
        {(control) => (
          <Input
            {...control}
            data-testid="adjust-amount"
            value={amount}
            autoComplete="off"
            onChange={(event) => setAmount(event.target.value)}
          />
        )}
      </Field>
    </ReasonDialog>
  );
}
