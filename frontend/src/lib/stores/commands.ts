import { useEffect, useRef } from 'react';
import { createStore, useStore } from 'zustand';

/** Something the desk can be told to do by the palette or by a key. */
export interface Command {
  id: string;
  title: string;
  group: CommandGroup;
  /** As tinykeys writes it: "b", "$mod+k", "Alt+1". A key without a modifier is off while somebody types. */
  keys?: string;
  /** Other words one might look for. */
  keywords?: readonly string[];
  run: () => void;
}

/** In the order in which palette and help show them. */
export const COMMAND_GROUPS = ['Trade', 'Market', 'Chart', 'View', 'Account'] as const;
export type CommandGroup = (typeof COMMAND_GROUPS)[number];

interface CommandState {
  commands: Readonly<Record<string, Command>>;
}

/** What can be done at this moment: each part of the desk registers its own while it is there. */
export const commandStore = createStore<CommandState>()(() => ({ commands: {} }));

/** Registers commands while the component is there. Titles and keys may not change in between; what they run may. */
export function useCommands(commands: readonly Command[]): void {
  const latest = useRef(commands);
  useEffect(() => {
    latest.current = commands;
  });
  const ids = commands.map(({ id, title, keys }) => `${id} ${title} ${keys ?? ''}`).join('\n');
  useEffect(() => {
    const registered = latest.current.map((command) => ({
      ...command,
      run: () => latest.current.find(({ id }) => id === command.id)?.run(),
    }));
    add(registered);
    return () => remove(registered);
  }, [ids]);
}

export function useRegisteredCommands(): Readonly<Record<string, Command>> {
  return useStore(commandStore, (state) => state.commands);
}

function add(commands: readonly Command[]): void {
  commandStore.setState((state) => ({
    commands: { ...state.commands, ...Object.fromEntries(commands.map((command) => [command.id, command])) },
  }));
}

function remove(commands: readonly Command[]): void {
  commandStore.setState((state) => {
    const left = { ...state.commands };
    for (const command of commands) {
      // Another may have registered the same id since.
      if (left[command.id] === command) Reflect.deleteProperty(left, command.id);
    }
    return { commands: left };
  });
}
