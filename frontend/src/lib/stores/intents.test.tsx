import { renderHook } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import { askFor, useIntent } from './intents';

test('who listens for a kind hears what is asked of it, and nothing else', () => {
  const onSide = vi.fn();
  renderHook(() => useIntent('side', onSide));
  askFor({ kind: 'close-all' });
  expect(onSide).not.toHaveBeenCalled();
  askFor({ kind: 'side', side: 'sell' });
  expect(onSide).toHaveBeenCalledExactlyOnceWith({ kind: 'side', side: 'sell' });
});

test('who is gone hears nothing', () => {
  const onSide = vi.fn();
  const { unmount } = renderHook(() => useIntent('side', onSide));
  unmount();
  askFor({ kind: 'side', side: 'buy' });
  expect(onSide).not.toHaveBeenCalled();
});
