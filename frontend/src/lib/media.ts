import { useSyncExternalStore } from 'react';

/** From here up the whole desk is shown at once (Tailwind's lg); below it, one panel at a time. */
const WIDE = '(width >= 64rem)';

/** Whether the screen has room for the whole desk. */
export function useIsWide(): boolean {
  return useSyncExternalStore(subscribeToWidth, () => window.matchMedia(WIDE).matches);
}

/** The window's width in pixels. */
export function useWindowWidth(): number {
  return useSyncExternalStore(subscribeToSize, () => window.innerWidth);
}

function subscribeToWidth(notify: () => void): () => void {
  const query = window.matchMedia(WIDE);
  query.addEventListener('change', notify);
  return () => query.removeEventListener('change', notify);
}

function subscribeToSize(notify: () => void): () => void {
  window.addEventListener('resize', notify);
  return () => window.removeEventListener('resize', notify);
}
