import type { SecurityEvent } from './api';

interface EventWords {
  sentence: string;
  /** The owner should look twice, unless it was they. */
  isAlarming: boolean;
}

type Details = SecurityEvent['details'];
type Sentence = string | ((details: Details, wayWords: (way: string) => string) => string);

const SENTENCES: Record<string, Sentence> = {
  signed_up: 'The account was made',
  signed_in: ({ way }, wayWords) => (typeof way === 'string' ? `Signed in ${wayWords(way)}` : 'Signed in'),
  sign_in_failed: 'A sign-in failed',
  signed_out: 'Signed out',
  signed_out_everywhere: ({ ended }) => `Signed out everywhere${sessions(ended)}`,
  session_ended: 'A session was ended from another device',
  refresh_reused: 'A session was ended: its token was used a second time, so it may have been copied',
  password_changed: 'The password was changed',
  password_reset: 'The password was reset by a mailed code',
  email_verified: 'The e-mail address was confirmed',
  email_changed: ({ before, after }) =>
    typeof before === 'string' && typeof after === 'string'
      ? `The e-mail address was changed from ${before} to ${after}`
      : 'The e-mail address was changed',
  second_factor_on: 'The second factor was turned on',
  second_factor_off: 'The second factor was turned off',
  recovery_code_used: ({ left }) => `A recovery code was used${typeof left === 'number' ? `, ${left} are left` : ''}`,
  recovery_codes_made: 'New recovery codes were made',
  key_made: ({ name }) => `An API key was made${named(name)}`,
  key_revoked: ({ name }) => `An API key was revoked${named(name)}`,
  provider_linked: ({ way, email }, wayWords) => `Sign-in ${provider(way, wayWords)} was linked${named(email)}`,
  provider_unlinked: ({ way }, wayWords) => `Sign-in ${provider(way, wayWords)} was unlinked`,
  claimed: 'The owner of the mailbox took the account over: what guarded it before was wiped',
  role_changed: ({ role }) => (typeof role === 'string' ? `The role was changed to ${role}` : 'The role was changed'),
};

const ALARMING = new Set([
  'sign_in_failed',
  'refresh_reused',
  'password_reset',
  'email_changed',
  'second_factor_off',
  'recovery_code_used',
  'claimed',
]);

/** An event in words. One that this page doesn't know yet is named as the server names it. */
export function eventWords({ kind, details }: SecurityEvent, wayWords: (way: string) => string): EventWords {
  const sentence = SENTENCES[kind] ?? kind.replaceAll('_', ' ');
  return {
    sentence: typeof sentence === 'string' ? sentence : sentence(details, wayWords),
    isAlarming: ALARMING.has(kind),
  };
}

function named(name: unknown): string {
  return typeof name === 'string' && name !== '' ? `: ${name}` : '';
}

function provider(way: unknown, wayWords: (way: string) => string): string {
  return typeof way === 'string' ? wayWords(way) : 'through a provider';
}

function sessions(count: unknown): string {
  if (typeof count !== 'number') return '';
  return count === 1 ? ', 1 session' : `, ${count} sessions`;
}
