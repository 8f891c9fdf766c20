/**
 * What one person chose on this device: kept in the browser's storage as JSON, one key for each concern. Whatever is
 * read may be old, foreign or tampered with, so every reader brings a `parse` that gives null for what it can't use.
 */
const PREFIX = 'cfdesk.';

export function readRemembered<Value>(key: string, parse: (stored: unknown) => Value | null, fallback: Value): Value {
  try {
    const text = localStorage.getItem(PREFIX + key);
    return text === null ? fallback : (parse(JSON.parse(text)) ?? fallback);
  } catch {
    // Storage forbidden, or not JSON: as if nothing had been kept.
    return fallback;
  }
}

export function remember(key: string, value: unknown): void {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // Storage forbidden or full: the choice lasts until the page is left.
  }
}
