import { Check, Copy } from 'lucide-react';
import { type ComponentProps, useEffect, useState } from 'react';
import { copyText } from '@/lib/clipboard';
import { Button } from './button';

interface CopyButtonProps extends Omit<ComponentProps<typeof Button>, 'onClick' | 'children'> {
  text: string;
  label?: string;
}

type Outcome = 'copied' | 'refused';

export function CopyButton({ text, label = 'Copy', ...props }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  useEffect(() => {
    if (outcome === null) return;
    const timer = setTimeout(() => setOutcome(null), 2_000);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async () => setOutcome((await copyText(text)) ? 'copied' : 'refused');
  const Icon = outcome === 'copied' ? Check : Copy;
  const words = outcome === 'copied' ? 'Copied' : outcome === 'refused' ? 'Select and copy it by hand' : label;
  return (
    <Button {...props} onClick={() => void copy()}>
      <Icon aria-hidden className="size-3.5" />
      <span aria-live="polite">{words}</span>
    </Button>
  );
}
