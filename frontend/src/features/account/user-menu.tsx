import { CircleUserRound, LogOut, Settings, Wrench } from 'lucide-react';
import { Link } from 'react-router';
import { Button } from '@/components/ui/button';
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuLabel,
  DropdownMenuTrigger,
} from '@/components/ui/dropdown-menu';
import { useMe } from '@/lib/queries';
import { useSignOut } from '@/lib/session/use-sign-out';
import { useSession } from '@/lib/stores/session';

export function UserMenu() {
  const email = useSession((state) => state.email);
  const { signOut } = useSignOut();
  const isOperator = useMe().data?.role === 'operator';
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button variant="ghost" size="icon" aria-label="Account" data-testid="user-menu">
          <CircleUserRound aria-hidden className="size-4.5" />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent>
        <DropdownMenuLabel>{email}</DropdownMenuLabel>
        <DropdownMenuItem asChild>
          <Link to="/account" data-testid="account-settings">
            <Settings aria-hidden className="size-4 text-ink-muted" />
            Settings
          </Link>
        </DropdownMenuItem>
        {isOperator && (
          <DropdownMenuItem asChild>
            <Link to="/ops" data-testid="operations">
              <Wrench aria-hidden className="size-4 text-ink-muted" />
              Operations
            </Link>
          </DropdownMenuItem>
        )}
        <DropdownMenuItem data-testid="sign-out" onSelect={signOut}>
          <LogOut aria-hidden className="size-4 text-ink-muted" />
          Sign out
        </DropdownMenuItem>
      </DropdownMenuContent>
    </DropdownMenu>
  );
}
