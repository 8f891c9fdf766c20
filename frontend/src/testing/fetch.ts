import { vi } from 'vitest';

export interface SentRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: unknown;
}

export type Answer = { status: number; body: unknown; headers?: Record<string, string> } | 'no answer';

/** Answers each call of `fetch` with the next of the given answers, and keeps what was sent. */
export function answerFetch(...answers: Answer[]): SentRequest[] {
  return answerWith(() => answers.shift());
}

/**
 * Answers by route ("POST /user/signin"): one answer stands for every call, of a list each call takes the next. What
 * isn't listed gets no answer.
 */
export function answerRoutes(routes: Record<string, Answer | Answer[]>): SentRequest[] {
  return answerWith(({ method, path }) => {
    const answers = routes[`${method} ${path.replace('/api/v2', '').replace(/\?.*/, '')}`];
    return Array.isArray(answers) ? answers.shift() : answers;
  });
}

function answerWith(choose: (request: SentRequest) => Answer | undefined): SentRequest[] {
  const sent: SentRequest[] = [];
  vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) => {
    const body = init?.body;
    const request: SentRequest = {
      method: init?.method ?? 'GET',
      path: typeof input === 'string' ? input : '',
      headers: (init?.headers ?? {}) as Record<string, string>,
      body: typeof body === 'string' ? JSON.parse(body) : null,
    };
    sent.push(request);
    const answer = choose(request);
    if (!answer || answer === 'no answer') return Promise.reject(new TypeError('Failed to fetch'));
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    return Promise.resolve(new Response(text, { status: answer.status, headers: answer.headers ?? {} }));
  });
  return sent;
}

/** A refusal in the contract's shape. */
export function refusal(status: number, code: string, error = 'No.', details: object[] = []) {
  return { status, body: { error, code, details } };
}

export function ok(body: object = { message: '' }) {
  return { status: 200, body };
}
