import { History, KeyRound, MonitorSmartphone, ShieldCheck, UserRound } from 'lucide-react';
import { PagesLayout } from './pages-layout';

const PAGES = [
  { path: '/account', title: 'Profile', icon: UserRound },
  { path: '/account/security', title: 'Sign-in', icon: ShieldCheck },
  { path: '/account/sessions', title: 'Sessions', icon: MonitorSmartphone },
  { path: '/account/keys', title: 'API keys', icon: KeyRound },
  { path: '/account/activity', title: 'Activity', icon: History },
] as const;

/** The settings. */
export function AccountLayout() {
  return <PagesLayout name="Settings" pages={PAGES} />;
}
