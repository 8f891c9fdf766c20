import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { request } from '@/lib/api/client';
import type { OpenOrderRequest, PreviewAnswer } from '@/lib/api/types';

/** Typing is waited out; while nothing is typed, the figures follow the market at this pace. */
const SETTLED_MS = 300;
const REFRESH_MS = 5_000;

/** What the server says an order would do now. Nothing is asked while it can't be sent, or the page is hidden. */
export function usePreview(order: OpenOrderRequest | null) {
  const asked = useSettled(order === null ? null : JSON.stringify(order));
  const isCurrent = order !== null && asked === JSON.stringify(order);
  const preview = useQuery({
    queryKey: ['preview', asked],
    queryFn: ({ signal }) => {
      const { trailingStopLoss, ...terms } = JSON.parse(asked ?? '{}') as OpenOrderRequest;
      const query = { ...terms, trailingDistance: trailingStopLoss?.trailingDistance };
      return request<PreviewAnswer>('/trade/preview', { query, signal });
    },
    enabled: asked !== null,
    refetchInterval: REFRESH_MS,
    // A refusal is an answer, and what fails now is asked again soon enough.
    retry: false,
    gcTime: 0,
  });
  return { data: isCurrent ? preview.data : undefined, error: isCurrent ? preview.error : null };
}

function useSettled(value: string | null): string | null {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
