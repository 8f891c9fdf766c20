import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';

interface DialogProps {
  isOpen: boolean;
  onClose: () => void;
  title: string;
  description: ReactNode;
  children: ReactNode;
  testId?: string;
  /** Closed by its own buttons alone, for what is shown only once. */
  isPinned?: boolean;
}

/**
 * Asks something over the page, which waits behind it. The overlay is not Radix's: that one locks the page's scroll by
 * an inline style element, which the content security policy forbids.
 */
export function Dialog({ isOpen, onClose, title, description, children, testId, isPinned = false }: DialogProps) {
  return (
    <Radix.Root open={isOpen} onOpenChange={(open) => !open && !isPinned && onClose()}>
      <Radix.Portal>
        <div aria-hidden className="fixed inset-0 z-40 bg-scrim" />
        <Radix.Content
          data-testid={testId}
          className="fixed inset-x-4 top-1/2 z-50 mx-auto max-h-[calc(100dvh-2rem)] max-w-105 -translate-y-1/2 overflow-y-auto overscroll-contain rounded-xl border border-line-strong bg-surface p-5 shadow-2xl outline-none sm:p-6"
        >
          <Radix.Title className="pr-8 text-base font-semibold tracking-tight text-ink">{title}</Radix.Title>
          <Radix.Description asChild>
            <div className="mt-1 mb-5 text-sm text-ink-muted">{description}</div>
          </Radix.Description>
          {children}
          {!isPinned && (
            <Radix.Close
              aria-label="Close"
              className="absolute top-4 right-4 flex size-8 items-center justify-center rounded-md text-ink-faint transition-colors hover:bg-hover hover:text-ink"
            >
              <X aria-hidden className="size-4.5" />
            </Radix.Close>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** The buttons at a dialog's foot: the deed right, the way out before it. */
export function DialogActions({ children }: { children: ReactNode }) {
  return <div className="mt-6 flex justify-end gap-2 max-sm:flex-col-reverse">{children}</div>;
}
