import { beforeEach, expect, test } from 'vitest';
import { DEFAULT_PREFERENCES, parsePreferences, preferencesStore } from './preferences';

beforeEach(() => localStorage.clear());

test('what is preferred is kept', () => {
  preferencesStore.getState().prefer({ oneClick: true, volume: 20 });
  const kept: unknown = JSON.parse(localStorage.getItem('cfdesk.preferences') ?? 'null');
  expect(parsePreferences(kept)).toEqual({ ...DEFAULT_PREFERENCES, oneClick: true, volume: 20 });
});

test('each preference that can’t be used falls back alone', () => {
  expect(parsePreferences({ oneClick: 'yes', sound: true, volume: 900 })).toEqual({ ...DEFAULT_PREFERENCES, sound: true });
  expect(parsePreferences('nonsense')).toBeNull();
});
