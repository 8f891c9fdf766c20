import { KeyRound, MonitorSmartphone, ShieldCheck, UserRound } from 'lucide-react';
import { Suspense, lazy, useState } from 'react';
import { Link } from 'react-router';
import { OneClickSwitch } from '@/components/one-click-switch';
import { Button } from '@/components/ui/button';
import { Figure, FigureList } from '@/components/ui/figure-list';
import { formatUsd } from '@/lib/money';
import { useSession } from '@/lib/stores/session';
import { DeskPreferences } from './desk-preferences';
import { useMoney } from './use-money';

const ResetDialog = lazy(() => import('./reset-dialog'));

const PAGES = [
  { path: '/account', title: 'Profile', icon: UserRound },
  { path: '/account/security', title: 'Sign-in and second factor', icon: ShieldCheck },
  { path: '/account/sessions', title: 'Sessions', icon: MonitorSmartphone },
  { path: '/account/keys', title: 'API keys', icon: KeyRound },
] as const;

/** The account at a glance, how the desk is liked, and starting over. */
export function AccountPanel() {
  return (
    <div className="grid gap-x-8 gap-y-5 p-4 md:grid-cols-2 xl:grid-cols-3" data-testid="account-panel">
      <Overview />
      <section aria-label="Preferences" className="flex flex-col gap-3">
        <h3 className="text-sm font-medium text-ink">Preferences</h3>
        <OneClickSwitch />
        <DeskPreferences />
      </section>
      <More />
    </div>
  );
}

function Overview() {
  const email = useSession((state) => state.email);
  const { balance, margin, equity, free, marginLevel } = useMoney();
  return (
    <section aria-label="Account" className="flex flex-col gap-3">
      <h3 className="truncate text-sm font-medium text-ink">{email}</h3>
      <FigureList>
        <Figure label="Balance">{usd(balance)}</Figure>
        <Figure label="Equity">{usd(equity)}</Figure>
        <Figure label="Margin in use">{formatUsd(margin)}</Figure>
        <Figure label="Free margin">{usd(free)}</Figure>
        <Figure label="Margin level" testId="account-margin-level">
          {marginLevel === null ? (margin === 0 ? 'Nothing at risk' : '–') : `${marginLevel.toLocaleString('en-US')}%`}
        </Figure>
      </FigureList>
    </section>
  );
}

function More() {
  const [isAsking, setAsking] = useState(false);
  return (
    <section aria-label="Settings and starting over" className="flex flex-col items-start gap-3">
      <h3 className="text-sm font-medium text-ink">Settings</h3>
      <ul className="flex flex-col gap-0.5">
        {PAGES.map(({ path, title, icon: Icon }) => (
          <li key={path}>
            <Link to={path} className="flex h-7 items-center gap-2 text-xs text-ink-muted transition-colors hover:text-ink hover:underline">
              <Icon aria-hidden className="size-3.5" />
              {title}
            </Link>
          </li>
        ))}
      </ul>
      <Button size="sm" data-testid="account-reset" onClick={() => setAsking(true)}>
        Start over…
      </Button>
      <Suspense fallback={null}>{isAsking && <ResetDialog onClose={() => setAsking(false)} />}</Suspense>
    </section>
  );
}

function usd(cents: number | null): string {
  return cents === null ? '–' : formatUsd(cents);
}
