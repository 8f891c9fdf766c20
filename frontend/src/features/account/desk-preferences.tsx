import { Button } from '@/components/ui/button';
import { Slider } from '@/components/ui/slider';
import { Switch } from '@/components/ui/switch';
import { playTone } from '@/lib/sound/play';
import { preferencesStore, usePreference } from '@/lib/stores/preferences';

/** What is kept for this browser: sound and keys. */
export function DeskPreferences() {
  const sound = usePreference('sound');
  const volume = usePreference('volume');
  const singleKeys = usePreference('singleKeys');
  const { prefer } = preferencesStore.getState();
  return (
    <div className="flex flex-col gap-3 text-xs text-ink-muted">
      <label className="flex items-center justify-between gap-3">
        Sound when positions open and close
        <Switch label="Sound" checked={sound} onChange={(on) => prefer({ sound: on })} testId="preference-sound" />
      </label>
      {sound && (
        <div className="flex items-center gap-3">
          <Slider
            label="Volume"
            min={0}
            max={100}
            step={5}
            value={volume}
            valueText={`${volume} percent`}
            onChange={(value) => prefer({ volume: value })}
            testId="preference-volume"
          />
          <Button size="sm" onClick={() => playTone('gain')}>
            Try it
          </Button>
        </div>
      )}
      <label className="flex items-center justify-between gap-3">
        Shortcuts of one letter
        <Switch
          label="Shortcuts of one letter"
          checked={singleKeys}
          onChange={(on) => prefer({ singleKeys: on })}
          testId="preference-single-keys"
        />
      </label>
    </div>
  );
}
