import { Dialog } from '@/components/ui/dialog';
import { Switch } from '@/components/ui/switch';
import { COMMAND_GROUPS, useRegisteredCommands } from '@/lib/stores/commands';
import { preferencesStore, usePreference } from '@/lib/stores/preferences';
import { Keys } from './keys';

/** Every key of the desk, and the switch for those of one letter. */
export default function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const commands = Object.values(useRegisteredCommands()).filter((command) => command.keys !== undefined);
  const singleKeys = usePreference('singleKeys');
  return (
    <Dialog isOpen onClose={onClose} title="Shortcuts" description="They rest while you type and while something is asked." testId="shortcuts">
      <span className="mb-4 flex items-center justify-between gap-3 text-sm text-ink">
        Keys of one letter
        <Switch
          label="Keys of one letter"
          checked={singleKeys}
          onChange={(on) => preferencesStore.getState().prefer({ singleKeys: on })}
          testId="single-keys"
        />
      </span>
      {COMMAND_GROUPS.map((group) => {
        const of = commands.filter((command) => command.group === group);
        if (of.length === 0) return null;
        return (
          <section key={group} aria-label={group} className="mb-3">
            <h3 className="mb-1 text-2xs text-ink-faint">{group}</h3>
            <ul className="flex flex-col gap-1 text-xs text-ink-muted">
              {of.map(({ id, title, keys = '' }) => (
                <li key={id} className="flex items-center justify-between gap-3">
                  {title}
                  <Keys keys={keys} />
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </Dialog>
  );
}
