import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from './button';

interface PanelStateProps {
  icon: LucideIcon;
  title: string;
  children?: ReactNode;
  onRetry?: () => void;
}

/** What a panel shows instead of content: nothing there yet, or why it can't be shown and a way to try again. */
export function PanelState({ icon: Icon, title, children, onRetry }: PanelStateProps) {
  return (
    <div role="status" className="flex flex-1 flex-col items-center justify-center gap-1 px-6 py-8 text-center">
      <Icon aria-hidden className="mb-1.5 size-5 text-ink-faint" strokeWidth={1.5} />
      <p className="text-sm font-medium text-ink">{title}</p>
      {children !== undefined && <p className="max-w-sm text-xs text-ink-faint">{children}</p>}
      {onRetry && (
        <Button size="sm" className="mt-2" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}
