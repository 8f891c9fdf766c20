import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';

/** Figures under one another: what it is at the left, how much at the right. */
export function FigureList({ children, className }: { children: ReactNode; className?: string }) {
  return <dl className={cn('flex flex-col gap-1.5 text-xs', className)}>{children}</dl>;
}

interface FigureProps {
  label: ReactNode;
  children: ReactNode;
  testId?: string;
}

export function Figure({ label, children, testId }: FigureProps) {
  return (
    <div className="flex items-baseline justify-between gap-3">
      <dt className="text-ink-muted">{label}</dt>
      <dd data-testid={testId} className="text-right text-ink">
        {children}
      </dd>
    </div>
  );
}
