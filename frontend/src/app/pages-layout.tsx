import { ArrowLeft, type LucideIcon } from 'lucide-react';
import { Suspense, useEffect } from 'react';
import { Link, NavLink, Outlet, useLocation } from 'react-router';
import { Brand } from '@/components/brand';
import { RowsSkeleton } from '@/components/ui/rows-skeleton';
import { ThemeToggle } from '@/features/account/theme-toggle';
import { UserMenu } from '@/features/account/user-menu';
import { cn } from '@/lib/cn';
import { VerifyBanner } from './verify-banner';

interface PageOf {
  path: string;
  title: string;
  icon: LucideIcon;
}

interface PagesLayoutProps {
  name: string;
  pages: readonly PageOf[];
  /** For tables rather than words. */
  isWide?: boolean;
}

/** Pages that belong together: their names at the side, on a phone above. */
export function PagesLayout({ name, pages, isWide = false }: PagesLayoutProps) {
  const { pathname } = useLocation();
  const title = pages.find(({ path }) => path === pathname)?.title ?? name;
  useEffect(() => {
    document.title = `${title} · cfdesk`;
    return () => {
      document.title = 'cfdesk';
    };
  }, [title]);

  return (
    <div className="min-h-dvh">
      <header className="flex h-14 items-center gap-4 border-b border-line bg-surface px-4 sm:px-6">
        <Link to="/" aria-label="cfdesk: to the trading desk" className="flex">
          <Brand />
        </Link>
        <div className="ml-auto flex items-center">
          <ThemeToggle />
          <UserMenu />
        </div>
      </header>
      <VerifyBanner />
      <main className={cn('mx-auto px-4 pt-6 pb-16 sm:px-6 lg:pt-10', isWide ? 'max-w-7xl' : 'max-w-5xl')}>
        <Link
          to="/"
          data-testid="back-to-desk"
          className="inline-flex items-center gap-1.5 text-sm text-ink-muted transition-colors hover:text-ink"
        >
          <ArrowLeft aria-hidden className="size-4" />
          Trading desk
        </Link>
        <h1 className="mt-2 text-2xl font-semibold tracking-tight text-ink">{name}</h1>
        <div className="mt-5 grid gap-x-10 gap-y-5 lg:mt-8 lg:grid-cols-[11rem_minmax(0,1fr)]">
          <PageNav name={name} pages={pages} />
          <div className="flex min-w-0 flex-col gap-5">
            {/* Each page is a file of its own: the frame stays while it comes. */}
            <Suspense fallback={<RowsSkeleton label={`Loading ${title.toLowerCase()}`} />}>
              <Outlet />
            </Suspense>
          </div>
        </div>
      </main>
    </div>
  );
}

function PageNav({ name, pages }: { name: string; pages: readonly PageOf[] }) {
  return (
    <nav aria-label={name} className="max-lg:-mx-4 max-lg:overflow-x-auto max-lg:border-b max-lg:border-line max-lg:px-4">
      <ul className="flex max-lg:gap-5 lg:flex-col lg:gap-0.5">
        {pages.map(({ path, title, icon: Icon }) => (
          <li key={path}>
            <NavLink
              to={path}
              end
              className={({ isActive }) =>
                cn(
                  'flex h-9 items-center gap-2.5 text-sm font-medium whitespace-nowrap transition-colors',
                  'max-lg:border-b-2 max-lg:border-transparent lg:rounded-md lg:px-3',
                  isActive
                    ? 'text-ink max-lg:border-accent lg:bg-hover'
                    : 'text-ink-muted hover:text-ink lg:hover:bg-hover',
                )
              }
            >
              <Icon aria-hidden className="size-4 max-lg:hidden" />
              {title}
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
