import { vi } from 'vitest';

export interface SentRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: unknown;
}

type Answer = { status: number; body: unknown; headers?: Record<string, string> } | 'no answer';

/** Answers each call of `fetch` with the next of the given answers, and keeps what was sent. */
export function answerFetch(...answers: Answer[]): SentRequest[] {
  const sent: SentRequest[] = [];
  vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) => {
    const body = init?.body;
    sent.push({
      method: init?.method ?? 'GET',
      path: typeof input === 'string' ? input : '',
      headers: (init?.headers ?? {}) as Record<string, string>,
      body: typeof body === 'string' ? JSON.parse(body) : null,
    });
    const answer = answers.shift();
    if (!answer || answer === 'no answer') return Promise.reject(new TypeError('Failed to fetch'));
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    return Promise.resolve(new Response(text, { status: answer.status, headers: answer.headers ?? {} }));
  });
  return sent;
}
