import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test, vi } from 'vitest';
import { type Intent, askFor, useIntent } from '@/lib/stores/intents';
import { DEFAULT_PREFERENCES, preferencesStore } from '@/lib/stores/preferences';
import { selectionStore } from '@/lib/stores/selection';
import { showPage } from '@/testing/show-page';
import { DeskCommands } from './desk-commands';

const onSide = vi.fn<(intent: Intent) => void>();

function Desk() {
  useIntent('side', onSide);
  return (
    <>
      <input aria-label="Margin" />
      <DeskCommands />
    </>
  );
}

beforeEach(() => {
  onSide.mockReset();
  preferencesStore.getState().prefer(DEFAULT_PREFERENCES);
  selectionStore.getState().select('BTC');
  selectionStore.getState().selectInterval('1m');
  showPage(<Desk />);
});

test('a key does what it stands for', async () => {
  await userEvent.keyboard('s');
  expect(onSide).toHaveBeenCalledExactlyOnceWith({ kind: 'side', side: 'sell' });
  await userEvent.keyboard('{Alt>}2{/Alt}');
  expect(selectionStore.getState().symbol).toBe('ETH');
  await userEvent.keyboard('5');
  expect(selectionStore.getState().interval).toBe('4h');
});

test('typing is typing', async () => {
  await userEvent.type(screen.getByLabelText('Margin'), 'b5');
  expect(onSide).not.toHaveBeenCalled();
  expect(selectionStore.getState().interval).toBe('1m');
});

test('keys of one letter can be switched off, those with a modifier stay', async () => {
  preferencesStore.getState().prefer({ singleKeys: false });
  await userEvent.keyboard('b');
  expect(onSide).not.toHaveBeenCalled();
  await userEvent.keyboard('{Alt>}3{/Alt}');
  expect(selectionStore.getState().symbol).toBe('SOL');
});

test('the help tells every key and has the switch', async () => {
  await userEvent.keyboard('{Shift>}?{/Shift}');
  expect((await screen.findByTestId('shortcuts')).textContent).toContain('Close the newest position');
  await userEvent.click(screen.getByTestId('single-keys'));
  expect(preferencesStore.getState().singleKeys).toBe(false);
});

test('while something is asked, keys rest', async () => {
  act(() => askFor({ kind: 'palette' }));
  await screen.findByTestId('palette-input');
  await userEvent.keyboard('{Alt>}2{/Alt}');
  expect(selectionStore.getState().symbol).toBe('BTC');
});

test('the palette finds a command by a part of its name', async () => {
  await userEvent.keyboard('{Control>}k{/Control}');
  await userEvent.type(await screen.findByTestId('palette-input'), 'show eth{Enter}');
  await waitFor(() => expect(selectionStore.getState().symbol).toBe('ETH'));
  expect(screen.queryByTestId('palette')).toBeNull();
});
