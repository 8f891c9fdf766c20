import { Tooltip } from 'radix-ui';
import { type ReactNode, useState } from 'react';

interface FigureCardProps {
  label: string;
  /** What it means, for whoever points at its name, focuses or taps it. */
  explanation: string;
  testId: string;
  children: ReactNode;
  more?: ReactNode;
}

export function FigureCard({ label, explanation, testId, children, more }: FigureCardProps) {
  return (
    <div className="flex min-w-0 flex-col gap-0.5 rounded-md bg-raised px-3 py-2" data-testid={testId}>
      <Explained words={explanation}>{label}</Explained>
      <div className="truncate text-base font-semibold text-ink">{children}</div>
      {more !== undefined && <div className="truncate text-2xs text-ink-faint">{more}</div>}
    </div>
  );
}

function Explained({ words, children }: { words: string; children: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Tooltip.Provider delayDuration={150}>
      <Tooltip.Root open={isOpen} onOpenChange={setOpen}>
        <Tooltip.Trigger
          className="-mx-1 inline-flex min-h-6 items-center self-start truncate rounded px-1 text-2xs text-ink-muted underline decoration-line-strong decoration-dotted underline-offset-4 hover:text-ink"
          onClick={(event) => {
            // A press closes tooltips; a finger has no other way to open them.
            event.preventDefault();
            setOpen(true);
          }}
        >
          {children}
        </Tooltip.Trigger>
        <Tooltip.Portal>
          <Tooltip.Content
            side="top"
            align="start"
            sideOffset={4}
            collisionPadding={8}
            className="z-50 max-w-64 rounded-md border border-line-strong bg-raised px-3 py-2 text-xs text-ink shadow-lg"
          >
            {words}
          </Tooltip.Content>
        </Tooltip.Portal>
      </Tooltip.Root>
    </Tooltip.Provider>
  );
}
