import { createStore, useStore } from 'zustand';
import { readRemembered, remember } from '@/lib/remembered';

const KEY = 'preferences';

export interface Preferences {
  /** The price buttons of the ticket place the order at once, and Close closes without asking. */
  oneClick: boolean;
  /** Tones when positions open and close. */
  sound: boolean;
  /** 0 to 100. */
  volume: number;
  /** Shortcuts of one letter; WCAG 2.1.4 wants them to be switched off where they are in the way. */
  singleKeys: boolean;
}

interface PreferencesState extends Preferences {
  prefer: (chosen: Partial<Preferences>) => void;
}

export const DEFAULT_PREFERENCES: Preferences = { oneClick: false, sound: false, volume: 60, singleKeys: true };

/** How this trader likes the desk, kept in this browser. */
export const preferencesStore = createStore<PreferencesState>()((set, get) => ({
  ...readRemembered(KEY, parsePreferences, DEFAULT_PREFERENCES),
  prefer: (chosen) => {
    set(chosen);
    const { oneClick, sound, volume, singleKeys } = get();
    remember(KEY, { oneClick, sound, volume, singleKeys });
  },
}));

export function usePreference<Key extends keyof Preferences>(key: Key): Preferences[Key] {
  return useStore(preferencesStore, (state) => state[key]);
}

/** What can't be used of the kept preferences is as at the beginning. */
export function parsePreferences(stored: unknown): Preferences | null {
  if (typeof stored !== 'object' || stored === null) return null;
  const kept = stored as Partial<Record<keyof Preferences, unknown>>;
  const flag = (key: 'oneClick' | 'sound' | 'singleKeys') =>
    typeof kept[key] === 'boolean' ? kept[key] : DEFAULT_PREFERENCES[key];
  const { volume } = kept;
  return {
    oneClick: flag('oneClick'),
    sound: flag('sound'),
    singleKeys: flag('singleKeys'),
    volume: typeof volume === 'number' && volume >= 0 && volume <= 100 ? volume : DEFAULT_PREFERENCES.volume,
  };
}
