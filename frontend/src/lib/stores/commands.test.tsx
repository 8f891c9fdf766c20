import { renderHook } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import { type Command, commandStore, useCommands } from './commands';

const command = (run: () => void): Command => ({ id: 'theme', title: 'Switch the theme', group: 'View', keys: 't', run });

test('commands are there as long as their component, and run as it last said', () => {
  const first = vi.fn();
  const second = vi.fn();
  const { rerender, unmount } = renderHook(({ run }) => useCommands([command(run)]), { initialProps: { run: first } });
  rerender({ run: second });
  commandStore.getState().commands.theme?.run();
  expect(first).not.toHaveBeenCalled();
  expect(second).toHaveBeenCalledOnce();
  unmount();
  expect(commandStore.getState().commands).toEqual({});
});

test('a command that another has registered since stays', () => {
  const before = renderHook(() => useCommands([command(vi.fn())]));
  const run = vi.fn();
  renderHook(() => useCommands([command(run)]));
  before.unmount();
  commandStore.getState().commands.theme?.run();
  expect(run).toHaveBeenCalledOnce();
});
