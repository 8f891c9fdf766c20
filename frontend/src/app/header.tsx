import { Search } from 'lucide-react';
import { Brand } from '@/components/brand';
import { Button } from '@/components/ui/button';
import { AccountSummary } from '@/features/account/account-summary';
import { ThemeToggle } from '@/features/account/theme-toggle';
import { UserMenu } from '@/features/account/user-menu';
import { AssetTabs } from '@/features/market/asset-tabs';
import { ConnectionLight } from '@/features/market/connection-light';
import { FeedBadge } from '@/features/market/feed-badge';
import { askFor } from '@/lib/stores/intents';

/** One line on a wide screen; on a narrow one brand and controls, then the assets (the watchlist's place), then money. */
export function Header({ isWide }: { isWide: boolean }) {
  return (
    <header className="flex flex-wrap items-center gap-x-5 border-b lg:max-xl:gap-x-3 border-line bg-surface px-4 max-lg:gap-y-1 max-lg:px-3 max-lg:pb-2 max-sm:gap-x-3 lg:h-14">
      <Brand className="max-lg:h-12" />
      {!isWide && <AssetTabs className="order-1 w-full" />}
      <div className="ml-auto flex items-center gap-3">
        <FeedBadge />
        <ConnectionLight />
      </div>
      <AccountSummary className="max-lg:order-2 max-lg:w-full max-lg:justify-between max-lg:px-2 max-lg:pt-1 lg:border-l lg:border-line lg:pl-5 lg:max-xl:gap-3 lg:max-xl:pl-3" />
      <div className="-mr-1.5 flex items-center max-lg:-ml-4 max-sm:-ml-1.5">
        <Button
          variant="ghost"
          size="icon"
          aria-label="Find a command"
          title="Find a command (Ctrl+K)"
          data-testid="palette-open"
          onClick={() => askFor({ kind: 'palette' })}
        >
          <Search aria-hidden className="size-4.5" />
        </Button>
        <ThemeToggle />
        <UserMenu />
      </div>
    </header>
  );
}
