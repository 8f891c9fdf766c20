import { Command } from 'cmdk';
import { Search } from 'lucide-react';
import { Dialog } from '@/components/ui/dialog';
import { COMMAND_GROUPS, type Command as DeskCommand, useRegisteredCommands } from '@/lib/stores/commands';
import { Keys } from './keys';

/** Everything the desk can be told to do, found by typing a part of it. */
export default function CommandPalette({ onClose }: { onClose: () => void }) {
  const commands = Object.values(useRegisteredCommands());
  const run = (command: DeskCommand) => {
    onClose();
    // After the dialog has given the focus back: a command may want to put it elsewhere.
    setTimeout(command.run);
  };
  return (
    <Dialog isOpen onClose={onClose} title="What would you like to do?" description="Type a part of it, and choose by the arrow keys." testId="palette">
      <Command label="Commands" className="flex flex-col gap-2">
        <div className="flex items-center gap-2 rounded-md border border-field-line bg-field px-2.5">
          <Search aria-hidden className="size-4 text-ink-faint" />
          <Command.Input
            autoFocus
            data-testid="palette-input"
            placeholder="Buy, ETH, 4 hours, theme…"
            className="h-10 w-full bg-transparent text-sm text-ink outline-none placeholder:text-ink-faint max-md:text-[16px]"
          />
        </div>
        <Command.List className="max-h-[50dvh] overflow-y-auto">
          <Command.Empty className="px-2.5 py-6 text-center text-xs text-ink-faint">Nothing here is called that.</Command.Empty>
          {COMMAND_GROUPS.map((group) => (
            <PaletteGroup key={group} group={group} commands={commands.filter((command) => command.group === group)} onRun={run} />
          ))}
        </Command.List>
      </Command>
    </Dialog>
  );
}

interface PaletteGroupProps {
  group: string;
  commands: readonly DeskCommand[];
  onRun: (command: DeskCommand) => void;
}

function PaletteGroup({ group, commands, onRun }: PaletteGroupProps) {
  if (commands.length === 0) return null;
  return (
    <Command.Group heading={group} className="py-1 [&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-2xs [&_[cmdk-group-heading]]:text-ink-faint">
      {commands.map((command) => (
        <Command.Item
          key={command.id}
          value={command.title}
          keywords={[...(command.keywords ?? [])]}
          data-testid={`palette-item-${command.id}`}
          onSelect={() => onRun(command)}
          className="flex h-9 cursor-pointer items-center justify-between gap-3 rounded-md px-2.5 text-sm text-ink data-[selected=true]:bg-hover"
        >
          {command.title}
          {command.keys !== undefined && <Keys keys={command.keys} />}
        </Command.Item>
      ))}
    </Command.Group>
  );
}
