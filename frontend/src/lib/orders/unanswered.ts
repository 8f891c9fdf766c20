import { sessionStore } from '@/lib/stores/session';
import { randomUuid } from '@/lib/uuid';

/** More at once than anybody leaves unanswered; the oldest goes first. */
const UNANSWERED_MAX = 50;

/** The keys of commands that went out and got no answer, by what was asked. */
const keys = new Map<string, string>();

sessionStore.subscribe((state, before) => {
  if (state.userId !== before.userId) keys.clear();
});

/** The key under which this command goes out: as long as it has no answer, the same one each time it is asked. */
export function keyOf(path: string, body: unknown): string {
  const command = nameOf(path, body);
  const key = keys.get(command) ?? randomUuid();
  keys.set(command, key);
  const oldest = keys.keys().next().value;
  if (keys.size > UNANSWERED_MAX && oldest !== undefined) keys.delete(oldest);
  return key;
}

/** Any answer ends it: asked again, the same command is another. */
export function answered(path: string, body: unknown): void {
  keys.delete(nameOf(path, body));
}

function nameOf(path: string, body: unknown): string {
  return `${path} ${JSON.stringify(body)}`;
}
