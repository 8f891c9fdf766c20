/** Both cookies of a session, as far as scripts see them; null takes them away. */
export function setCsrfCookie(value: string | null): void {
  document.cookie = value === null ? 'csrf_refresh_token=; Max-Age=0' : `csrf_refresh_token=${value}`;
}

/** An access token's shape, good for so long from its issue. Its signature is nobody's. */
export function tokenFor(seconds: number, name = 'a'): string {
  const payload = btoa(JSON.stringify({ sub: name, iat: 1_000, exp: 1_000 + seconds }));
  return `head.${payload.replaceAll('=', '').replaceAll('+', '-').replaceAll('/', '_')}.${name}`;
}
