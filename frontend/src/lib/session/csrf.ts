const COOKIE = 'csrf_refresh_token';

/** What a request that goes by the refresh cookie must repeat in X-CSRF-TOKEN; null without a session. */
export function csrfToken(): string | null {
  for (const pair of document.cookie.split('; ')) {
    const [name, value] = pair.split('=', 2);
    if (name === COOKIE && value) return decodeURIComponent(value);
  }
  return null;
}
