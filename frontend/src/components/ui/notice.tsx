import { type VariantProps, cva } from 'class-variance-authority';
import { CircleAlert, CircleCheck, Info, type LucideIcon, TriangleAlert } from 'lucide-react';
import type { ComponentProps } from 'react';
import { cn } from '@/lib/cn';

const notice = cva('flex gap-2.5 rounded-md px-3 py-2.5 text-sm', {
  variants: {
    tone: {
      error: 'bg-short-soft text-short',
      warn: 'bg-warn-soft text-warn',
      success: 'bg-long-soft text-long',
      info: 'bg-raised text-ink-muted',
    },
  },
});

type Tone = NonNullable<VariantProps<typeof notice>['tone']>;

const ICONS: Record<Tone, LucideIcon> = { error: CircleAlert, warn: TriangleAlert, success: CircleCheck, info: Info };

interface NoticeProps extends ComponentProps<'div'> {
  tone: Tone;
  icon?: LucideIcon;
}

/** A sentence that must not be missed, in the page. Errors are read out at once, the rest when there is a pause. */
export function Notice({ tone, icon, className, children, ...props }: NoticeProps) {
  const Icon = icon ?? ICONS[tone];
  return (
    <div role={tone === 'error' ? 'alert' : 'status'} className={cn(notice({ tone }), className)} {...props}>
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0 flex-1 break-words">{children}</div>
    </div>
  );
}
