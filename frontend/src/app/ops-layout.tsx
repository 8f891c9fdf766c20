import { Gauge, HeartPulse, NotebookPen, Rows3, SlidersHorizontal, UsersRound } from 'lucide-react';
import { useMe } from '@/lib/queries';
import { NotFoundPage } from './not-found-page';
import { PagesLayout } from './pages-layout';
import { Splash } from './splash';

const PAGES = [
  { path: '/ops', title: 'Queues', icon: Rows3 },
  { path: '/ops/system', title: 'System', icon: HeartPulse },
  { path: '/ops/risk', title: 'Risk', icon: Gauge },
  { path: '/ops/limits', title: 'Limits', icon: SlidersHorizontal },
  { path: '/ops/accounts', title: 'Accounts', icon: UsersRound },
  { path: '/ops/record', title: 'Record', icon: NotebookPen },
] as const;

/** For operators. To everybody else there is nothing here; the server says so too. */
export function OpsLayout() {
  const me = useMe();
  if (me.isPending) return <Splash />;
  if (me.data?.role !== 'operator') return <NotFoundPage />;
  return <PagesLayout name="Operations" pages={PAGES} isWide />;
}
