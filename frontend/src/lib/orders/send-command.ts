import { request } from '@/lib/api/client';
import { describeError, isOutcomeUnknown } from '@/lib/api/errors';
import { answered, keyOf } from './unanswered';

const PAUSES_MS = [500, 1_500];

/**
 * A POST under /trade that is carried out once, however often it is sent: without an answer it goes out again under the
 * same Idempotency-Key, here after short pauses and later when the same is asked for again. Throws ApiError, or
 * NetworkError when it isn't known what became of it.
 */
export async function sendCommand<Answer>(path: string, body: object): Promise<Answer> {
  const idempotencyKey = keyOf(path, body);
  for (const pause of [...PAUSES_MS, null]) {
    try {
      const answer = await request<Answer>(path, { method: 'POST', body, idempotencyKey });
      answered(path, body);
      return answer;
    } catch (error) {
      if (!isOutcomeUnknown(error)) answered(path, body);
      if (!isOutcomeUnknown(error) || pause === null) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  throw new Error('unreachable: the last try answers or throws');
}

/** Why a command didn't happen, or that nobody knows whether it did, in words for the trader. */
export function refusalOf(error: unknown): string {
  if (!isOutcomeUnknown(error)) return describeError(error);
  return 'No answer came, so it isn’t known whether this was done. Sending it again unchanged is safe: it is done once.';
}
