import { useState } from 'react';
import { CodeInput } from '@/components/ui/code-input';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { LinkButton } from '@/components/ui/link-button';

interface SecondFactorFieldProps {
  value: string;
  onChange: (code: string) => void;
  /** All six digits of the app are there. Recovery codes are sent by hand. */
  onComplete?: (code: string) => void;
  error?: string | undefined;
  autoFocus?: boolean;
  readOnly?: boolean;
}

/** The authenticator's code, or a recovery code for who has lost it. */
export function SecondFactorField({ value, onChange, onComplete, error, ...props }: SecondFactorFieldProps) {
  const [isRecovery, setRecovery] = useState(false);
  const change = () => {
    setRecovery(!isRecovery);
    onChange('');
  };
  return (
    <Field
      label={isRecovery ? 'Recovery code' : 'Authenticator code'}
      error={error}
      hint={isRecovery ? 'One of those you kept when you set it up. Each works once.' : undefined}
      aside={
        <LinkButton data-testid="second-factor-switch" onClick={change}>
          {isRecovery ? 'Use the app' : 'Use a recovery code'}
        </LinkButton>
      }
    >
      {(control) =>
        isRecovery ? (
          <Input
            {...control}
            {...props}
            key="recovery"
            autoFocus
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            placeholder="xxxxx-xxxxx"
            data-testid="recovery-code"
            value={value}
            onChange={(event) => onChange(event.target.value.trim())}
            className="h-12 text-center text-base tracking-widest"
          />
        ) : (
          <CodeInput
            {...control}
            {...props}
            key="app"
            data-testid="second-factor-code"
            value={value}
            onChange={onChange}
            onComplete={onComplete}
          />
        )
      }
    </Field>
  );
}
