import { createStore, useStore } from 'zustand';

export type Theme = 'dark' | 'light';

/** Read before the first paint by public/theme-init.js, which sets the attribute this store starts from. */
const KEY = 'cfdesk.theme';

interface ThemeState {
  theme: Theme;
  toggle: () => void;
}

export const themeStore = createStore<ThemeState>()((set, get) => ({
  theme: document.documentElement.dataset.theme === 'light' ? 'light' : 'dark',
  toggle: () => {
    const theme = get().theme === 'dark' ? 'light' : 'dark';
    document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // Storage forbidden: the choice lasts until the page is left.
    }
    set({ theme });
  },
}));

export function useTheme(): ThemeState {
  return useStore(themeStore);
}
