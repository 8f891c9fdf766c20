import { cn } from '@/lib/cn';

export function Brand({ className }: { className?: string }) {
  return (
    <span className={cn('inline-flex items-center gap-2 text-base font-semibold tracking-tight text-ink', className)}>
      <svg aria-hidden viewBox="0 0 20 20" className="size-5 text-accent" fill="none" stroke="currentColor" strokeWidth={1.6}>
        <path d="M6 2v3M6 12v4M14 4v3M14 14v4" strokeLinecap="round" />
        <rect x="3.5" y="5" width="5" height="7" rx="1.2" fill="currentColor" />
        <rect x="11.5" y="7" width="5" height="7" rx="1.2" />
      </svg>
      cfdesk
    </span>
  );
}
