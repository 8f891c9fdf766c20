import { cn } from '@/lib/cn';

/** A grey stand-in of roughly the size of what is being loaded. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden className={cn('block animate-pulse rounded bg-raised', className)} />;
}
