import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { Checkbox } from '@/components/ui/checkbox';
import { CopyButton } from '@/components/ui/copy-button';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Notice } from '@/components/ui/notice';
import { Segmented } from '@/components/ui/segmented';
import { textOf } from '@/lib/form';
import { useMe } from '@/lib/queries';
import { type NewApiKey, type Proof, makeApiKey } from './api';
import { CardWait } from '@/components/card';
import { type Errors, OwnerForm } from './owner-form';

const DAY_MS = 86_400_000;

const LIVES = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: '1 year' },
  { value: 'never', label: 'No expiry' },
] as const;

type Life = (typeof LIVES)[number]['value'];

interface MakeApiKeyProps {
  onMade: () => void;
  onClose: () => void;
}

export function MakeApiKey({ onMade, onClose }: MakeApiKeyProps) {
  const me = useMe();
  const [life, setLife] = useState<Life>('90');
  const [made, setMade] = useState<{ keyText: string; name: string } | null>(null);
  if (made !== null) return <NewKey {...made} onClose={onClose} />;
  return (
    <Dialog isOpen onClose={onClose} title="New API key" description="Give it no more than the program needs.">
      {me.data ? (
        <OwnerForm
          name="api-key"
          me={me.data}
          submitLabel="Make the key"
          pendingLabel="Making…"
          check={(form): Errors => (textOf(form, 'name').trim() === '' ? { name: 'Name the program.' } : {})}
          send={(proof, form) => makeApiKey(keyOf(form, life, proof))}
          onDone={({ key, apiKey }) => {
            setMade({ keyText: key, name: apiKey.name });
            onMade();
          }}
          onCancel={onClose}
        >
          {(errors) => <KeyFields errors={errors} life={life} onLife={setLife} />}
        </OwnerForm>
      ) : (
        <CardWait query={me} what="your account" />
      )}
    </Dialog>
  );
}

interface KeyFieldsProps {
  errors: Errors;
  life: Life;
  onLife: (life: Life) => void;
}

function KeyFields({ errors, life, onLife }: KeyFieldsProps) {
  return (
    <>
      <Field label="Name" error={errors.name}>
        {(control) => (
          <Input
            {...control}
            name="name"
            autoFocus
            autoComplete="off"
            maxLength={64}
            placeholder="What is it for?"
            data-testid="api-key-name"
          />
        )}
      </Field>
      <fieldset className="flex flex-col gap-2.5">
        <legend className="mb-2 text-xs font-medium text-ink-muted">It may</legend>
        <Checkbox label="Read" hint="Balance, positions, history, and their live stream." checked readOnly disabled />
        <Checkbox
          label="Trade"
          hint="Open, change and close positions. Never the password, keys or sessions."
          name="trade"
          data-testid="api-key-trade"
        />
      </fieldset>
      <div className="flex flex-col gap-1.5">
        <span className="text-xs font-medium text-ink-muted">Expires after</span>
        <Segmented label="Expires after" value={life} options={LIVES} onChange={onLife} itemClassName="flex-1" />
        {errors.expiresAt !== undefined && <p className="text-xs text-short">{errors.expiresAt}</p>}
      </div>
      <Field
        label="Only from these addresses"
        error={errors.addresses}
        hint="Addresses or networks, separated by commas. Empty: from anywhere."
      >
        {(control) => (
          <Input
            {...control}
            name="addresses"
            autoComplete="off"
            spellCheck={false}
            placeholder="203.0.113.7, 2001:db8::/32"
            data-testid="api-key-addresses"
          />
        )}
      </Field>
    </>
  );
}

function keyOf(form: FormData, life: Life, { password }: Proof): NewApiKey {
  const addresses = textOf(form, 'addresses').split(/[\s,;]+/).filter(Boolean);
  return {
    name: textOf(form, 'name').trim(),
    scopes: form.has('trade') ? ['read', 'trade'] : ['read'],
    ...(addresses.length > 0 && { addresses }),
    ...(life !== 'never' && { expiresAt: Date.now() + Number(life) * DAY_MS }),
    ...(password !== undefined && { password }),
  };
}

function NewKey({ name, keyText, onClose }: { name: string; keyText: string; onClose: () => void }) {
  return (
    <Dialog isOpen isPinned onClose={onClose} title="Your new key" description={`For “${name}”. Send it as a Bearer token.`}>
      <div className="flex items-center gap-2 rounded-md bg-raised py-2 pr-2 pl-3">
        <code data-testid="api-key-text" className="min-w-0 flex-1 text-sm break-all text-ink">
          {keyText}
        </code>
        <CopyButton size="sm" text={keyText} />
      </div>
      <Notice tone="warn" className="mt-4">
        Keep it now: it is shown this once. Whoever has it can use it.
      </Notice>
      <DialogActions>
        <Button variant="primary" data-testid="api-key-done" onClick={onClose}>
          I have kept it
        </Button>
      </DialogActions>
    </Dialog>
  );
}
