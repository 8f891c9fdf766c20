import { useLocation } from 'react-router';
import { ProviderIcon } from '@/components/provider-icon';
import { useProviders } from '@/lib/queries';
import { keepReturnPath } from '@/lib/return-path';

/** Ways in that need no password here. Nothing at all on a desk that has none. */
export function ProviderButtons() {
  const from = (useLocation().state as { from?: string } | null)?.from ?? '/';
  const providers = useProviders().data ?? [];
  if (providers.length === 0) return null;
  return (
    <div className="mt-6 flex flex-col gap-2.5">
      <p className="mb-1 flex items-center gap-3 text-xs text-ink-faint before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
        or
      </p>
      {providers.map(({ name, label }) => (
        <a
          key={name}
          href={`/api/v2/auth/${encodeURIComponent(name)}`}
          onClick={() => keepReturnPath(from)}
          data-testid={`continue-${name}`}
          className="flex h-11 items-center justify-center gap-2.5 rounded-md border border-line-strong text-sm font-medium text-ink transition-colors hover:bg-hover"
        >
          <ProviderIcon name={name} className="size-4.5" />
          Continue with {label}
        </a>
      ))}
    </div>
  );
}
