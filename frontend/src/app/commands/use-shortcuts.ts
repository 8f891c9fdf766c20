import { useEffect } from 'react';
import { tinykeys } from 'tinykeys';
import { type Command, useRegisteredCommands } from '@/lib/stores/commands';
import { preferencesStore } from '@/lib/stores/preferences';

/** Binds every registered command's keys for as long as it is registered. */
export function useShortcuts(): void {
  const commands = useRegisteredCommands();
  useEffect(() => {
    const bound = Object.values(commands).filter((command) => command.keys !== undefined);
    const bindings = Object.fromEntries(
      bound.map((command) => [
        command.keys ?? '',
        (event: KeyboardEvent) => {
          if (!mayRun(command, event)) return;
          event.preventDefault();
          command.run();
        },
      ]),
    );
    return tinykeys(window, bindings);
  }, [commands]);
}

/** A key is the desk's only where nobody types, nothing is asked, and no menu is open. */
function mayRun(command: Command, event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.repeat || isSomethingOpen()) return false;
  if (!isSingleKey(command.keys ?? '')) return true;
  return preferencesStore.getState().singleKeys && !isTyping(event.target);
}

/** Shift alone is no modifier in WCAG's sense: it is used while typing. */
export function isSingleKey(keys: string): boolean {
  return !/(\$mod|Control|Alt|Meta)\+/.test(keys);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea, select, [role="slider"]'));
}

function isSomethingOpen(): boolean {
  return document.querySelector('[role="dialog"], [role="menu"], [role="listbox"]') !== null;
}
