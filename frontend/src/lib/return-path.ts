const KEY = 'cfdesk.return';

/** Where to go on after a provider has been visited, which leaves the page. A path of ours, nothing secret. */
export function keepReturnPath(path: string): void {
  try {
    sessionStorage.setItem(KEY, path);
  } catch {
    // Storage forbidden: the visitor ends on the trading page.
  }
}

export function returnPath(otherwise = '/'): string {
  try {
    const path = sessionStorage.getItem(KEY);
    return path !== null && /^\/(?!\/)/.test(path) ? path : otherwise;
  } catch {
    return otherwise;
  }
}
