/** Behind https the name has a prefix, which keeps pages of http from setting it. */
const COOKIES = new Set(['csrf_refresh_token', '__Secure-csrf_refresh_token']);

/** What a request that goes by the refresh cookie must repeat in X-CSRF-TOKEN; null without a session. */
export function csrfToken(): string | null {
  for (const pair of document.cookie.split('; ')) {
    const [name, value] = pair.split('=', 2);
    if (name !== undefined && COOKIES.has(name) && value) return decodeURIComponent(value);
  }
  return null;
}
