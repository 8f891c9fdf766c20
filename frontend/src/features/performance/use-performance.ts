import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { request } from '@/lib/api/client';
import type { PerformanceAnswer } from '@/lib/api/types';
import { queryKeys } from '@/lib/queries';
import { rangeStart, type Scope } from './scope';

/** Under the history's key: whatever closes refreshes both. */
export function usePerformance(scope: Scope) {
  return useQuery({
    queryKey: [...queryKeys.history, 'performance', scope],
    queryFn: ({ signal }) =>
      request<PerformanceAnswer>('/trade/performance', {
        query: { asset: scope.asset === 'any' ? null : scope.asset, from: rangeStart(scope.period, Date.now()) },
        signal,
      }),
    placeholderData: keepPreviousData,
  });
}
