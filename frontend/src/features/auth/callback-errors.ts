const SENTENCES: Record<string, string> = {
  cancelled: 'The sign-in was cancelled before it was done.',
  state_mismatch: 'This sign-in was begun in another browser or too long ago. Start again from here.',
  sign_in_expired: 'This sign-in has expired, was used already, or was begun in another browser. Start again.',
  email_unverified: 'The provider hasn’t verified your e-mail address. Verify it there first, then come back.',
  email_not_verified: 'Confirm your own e-mail address first. Then you can link others.',
  provider_failed: 'The provider didn’t answer as it should. Try again in a moment.',
  provider_unknown: 'This desk doesn’t know that provider.',
  not_configured: 'Signing in through this provider isn’t set up on this desk.',
  already_linked: 'That account already signs somebody else in here. Unlink it there first, or sign in with it.',
  other_linked: 'Another account of this provider is linked already. Sign in with that one, or unlink it first.',
  session_ended: 'Your session ended meanwhile. Sign in and try again.',
  unavailable: 'The desk can’t finish this right now. Try again in a moment.',
};

/** Why a sign-in or a link through a provider failed, by its code. */
export function callbackError(code: string | null, fallback = 'The sign-in could not be finished. Start again.'): string {
  return (code !== null && SENTENCES[code]) || fallback;
}
