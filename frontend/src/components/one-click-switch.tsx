import { Zap } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import { Switch } from '@/components/ui/switch';
import { preferencesStore, usePreference } from '@/lib/stores/preferences';

/** Trading without being asked; turned on only by who has read what that means. */
export function OneClickSwitch() {
  const isOn = usePreference('oneClick');
  const [isAsking, setAsking] = useState(false);
  const prefer = (oneClick: boolean) => {
    preferencesStore.getState().prefer({ oneClick });
    setAsking(false);
  };
  return (
    <>
      <span className="flex items-center gap-2 text-xs text-ink-muted">
        <Zap aria-hidden className={isOn ? 'size-3.5 text-warn' : 'size-3.5'} />
        One-click trading
        <Switch label="One-click trading" checked={isOn} onChange={(on) => (on ? setAsking(true) : prefer(false))} testId="one-click" />
      </span>
      <Dialog
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        testId="one-click-dialog"
        title="Turn on one-click trading?"
        description="Sell and Buy in the ticket then place the order at once, with the margin, leverage and triggers that stand there, and Close closes at once. Nothing asks again. You can turn it off at any time; it is kept for this browser alone."
      >
        <DialogActions>
          <Button onClick={() => setAsking(false)}>Keep being asked</Button>
          <Button variant="primary" autoFocus data-testid="one-click-confirm" onClick={() => prefer(true)}>
            Turn it on
          </Button>
        </DialogActions>
      </Dialog>
    </>
  );
}
