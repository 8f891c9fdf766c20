import { requestResponse } from '@/lib/api/client';
import { downloadText } from '@/lib/clipboard';
import { type Filters, queryOf } from './filters';

/** Long enough for all that one file holds, over a slow line. */
const TIMEOUT_MS = 300_000;
const TRUNCATED_HEADER = 'X-Cfdesk-Truncated';

export interface SavedCsv {
  orders: number;
  /** There are more than fit into one file; the newest are in it. */
  isTruncated: boolean;
}

/** Fetches all orders that match as CSV, telling how many have come, and hands them to the browser as a file. */
export async function downloadCsv(
  filters: Filters,
  now: number,
  signal: AbortSignal,
  onOrders: (count: number) => void,
): Promise<SavedCsv> {
  const response = await requestResponse('/trade/history', {
    query: { ...queryOf(filters, now), format: 'csv' },
    signal,
    timeoutMs: TIMEOUT_MS,
  });
  const text = await readLines(response, (lines) => onOrders(Math.max(0, lines - 1)));
  downloadText(`cfdesk-history-${new Date(now).toISOString().slice(0, 10)}.csv`, text, 'text/csv');
  return { orders: Math.max(0, lineCount(text) - 1), isTruncated: response.headers.get(TRUNCATED_HEADER) === 'true' };
}

async function readLines(response: Response, onLines: (count: number) => void): Promise<string> {
  if (response.body === null) return response.text();
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let lines = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    const piece = decoder.decode(value, { stream: true });
    text += piece;
    lines += lineCount(piece);
    onLines(lines);
  }
}

function lineCount(text: string): number {
  return text.split('\n').length - 1;
}
