import { type ComponentType, lazy } from 'react';
import { PositionsTable } from '@/features/positions/positions-table';
import type { LedgerId } from '@/lib/stores/intents';

interface LedgerTab {
  id: LedgerId;
  title: string;
  content: ComponentType;
}

/** The tabs under the chart, in their order. What isn't looked at first is loaded when it is. */
export const LEDGER_TABS: readonly LedgerTab[] = [
  { id: 'positions', title: 'Positions', content: PositionsTable },
  {
    id: 'history',
    title: 'History',
    content: lazy(() => import('@/features/history/history-table').then((file) => ({ default: file.HistoryTable }))),
  },
  {
    id: 'performance',
    title: 'Performance',
    content: lazy(() =>
      import('@/features/performance/performance-panel').then((file) => ({ default: file.PerformancePanel })),
    ),
  },
  {
    id: 'account',
    title: 'Account',
    content: lazy(() => import('@/features/account/account-panel').then((file) => ({ default: file.AccountPanel }))),
  },
];
