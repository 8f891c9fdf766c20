import { CircleAlert } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { PanelState } from '@/components/ui/panel-state';
import { Skeleton } from '@/components/ui/skeleton';
import { describeError } from '@/lib/api/errors';
import { cn } from '@/lib/cn';

interface CardProps {
  title: string;
  description?: ReactNode;
  /** Beside the title. */
  action?: ReactNode;
  children?: ReactNode;
  testId?: string;
}

/** One matter of the settings. */
export function Card({ title, description, action, children, testId }: CardProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} data-testid={testId} className="rounded-xl border border-line bg-surface">
      <header className="flex items-start gap-x-6 gap-y-3 px-5 py-4.5 max-sm:flex-col sm:px-6 sm:py-5">
        <div className="min-w-0 flex-1">
          <h2 id={id} className="text-base font-semibold tracking-tight text-ink">
            {title}
          </h2>
          {description !== undefined && <div className="mt-1 max-w-xl text-sm text-pretty text-ink-muted">{description}</div>}
        </div>
        {action !== undefined && <div className="flex shrink-0 flex-wrap gap-2">{action}</div>}
      </header>
      {children}
    </section>
  );
}

/** The things a card lists. */
export function Rows({ label, children }: { label: string; children: ReactNode }) {
  return (
    <ul aria-label={label} className="border-t border-line">
      {children}
    </ul>
  );
}

interface RowProps {
  icon?: ReactNode;
  title: ReactNode;
  /** Small print under the title. */
  children?: ReactNode;
  action?: ReactNode;
  className?: string;
  testId?: string;
}

export function Row({ icon, title, children, action, className, testId }: RowProps) {
  return (
    <li
      data-testid={testId}
      className={cn('flex items-center gap-4 border-t border-line px-5 py-3.5 first:border-t-0 sm:px-6', className)}
    >
      {icon !== undefined && (
        <span aria-hidden className="flex size-9 shrink-0 items-center justify-center rounded-lg bg-raised text-ink-muted">
          {icon}
        </span>
      )}
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-0.5 text-sm font-medium text-ink">{title}</div>
        {children !== undefined && <div className="mt-0.5 text-xs text-ink-faint">{children}</div>}
      </div>
      {action}
    </li>
  );
}

interface QueryState {
  isPending: boolean;
  error: Error | null;
  refetch: () => unknown;
}

function capitalised(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What a card shows while it has nothing to list: still loading, or why it can't. */
export function CardWait({ query, what }: { query: QueryState; what: string }) {
  return (
    <div className="border-t border-line">
      {query.isPending ? (
        <div role="status" aria-label={`Loading ${what}`} className="flex flex-col gap-3 px-5 py-5 sm:px-6">
          <Skeleton className="h-4 w-1/2" />
          <Skeleton className="h-4 w-1/3" />
        </div>
      ) : (
        <PanelState icon={CircleAlert} title={`${capitalised(what)} couldn’t be loaded`} onRetry={() => void query.refetch()}>
          {describeError(query.error)}
        </PanelState>
      )}
    </div>
  );
}
