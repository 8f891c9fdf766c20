import { type RefObject, useEffect, useState } from 'react';

/**
 * The whole page for one panel. The browser's own full screen would leave out menus and toasts, which live elsewhere in
 * the document; so the panel covers the page, and what it covers can't be reached by keyboard or screen reader.
 */
export function useMaximised(panelRef: RefObject<HTMLElement | null>) {
  const [isMaximised, setMaximised] = useState(false);
  useEffect(() => {
    const panel = panelRef.current;
    if (!isMaximised || !panel) return;
    const covered = coveredBy(panel);
    for (const element of covered) element.inert = true;
    return () => {
      for (const element of covered) element.inert = false;
    };
  }, [isMaximised, panelRef]);
  return { isMaximised, toggle: () => setMaximised((before) => !before), leave: () => setMaximised(false) };
}

/** Everything beside the panel and its ancestors, within the page's root: menus and dialogs are outside of it. */
function coveredBy(panel: HTMLElement): HTMLElement[] {
  const root = document.getElementById('root');
  const covered: HTMLElement[] = [];
  for (let inner: HTMLElement = panel; inner.parentElement && inner !== root; inner = inner.parentElement) {
    for (const sibling of inner.parentElement.children) {
      const isNews = sibling.matches('[aria-live]') || sibling.querySelector('[data-sonner-toaster]') !== null;
      if (sibling !== inner && sibling instanceof HTMLElement && !sibling.inert && !isNews) covered.push(sibling);
    }
  }
  return covered;
}
