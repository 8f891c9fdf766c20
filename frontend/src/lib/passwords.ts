/** The server's default for PASSWORD_LENGTH_MIN; it has the last word. */
export const PASSWORD_LENGTH_MIN = 8;

interface PasswordLength {
  /** 0: too short, 3: long. */
  strength: 0 | 1 | 2 | 3;
  words: string;
}

/** By length alone: rules about digits and signs make passwords that are hard to remember and easy to guess. */
export function passwordLength(password: string): PasswordLength {
  const missing = PASSWORD_LENGTH_MIN - password.length;
  if (password === '') return { strength: 0, words: `At least ${PASSWORD_LENGTH_MIN} characters` };
  if (missing > 0) return { strength: 0, words: missing === 1 ? '1 more character' : `${missing} more characters` };
  if (password.length < 12) return { strength: 1, words: 'Long enough, longer is better' };
  return password.length < 16 ? { strength: 2, words: 'A good length' } : { strength: 3, words: 'A very good length' };
}
