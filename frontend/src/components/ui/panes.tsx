import { type ReactNode, useRef } from 'react';
import {
  type ImperativePanelGroupHandle,
  Panel,
  PanelGroup,
  type PanelGroupStorage,
  PanelResizeHandle,
  disableGlobalCursorStyles,
} from 'react-resizable-panels';
import { cn } from '@/lib/cn';
import { readRemembered, remember } from '@/lib/remembered';

// The library would set the cursor by an inline style element, which the content security policy forbids.
disableGlobalCursorStyles();

const storage: PanelGroupStorage = {
  getItem: (name) => readRemembered<string | null>(name, (kept) => (typeof kept === 'string' ? kept : null), null),
  setItem: remember,
};

/** A share of the room, in percent. */
interface Pane {
  id: string;
  size: number;
  min: number;
  /** Shrinks to this much at once when it is made smaller than `min`. */
  collapsed?: number;
  onCollapse?: (isCollapsed: boolean) => void;
  content: ReactNode;
}

interface PanesProps {
  /** Under this name the sizes are kept. */
  name: string;
  direction: 'horizontal' | 'vertical';
  /** What the bar between the two changes, for those who don't see it. */
  label: string;
  first: Pane;
  second: Pane;
}

/** Two panes and a bar between them: dragged, moved by arrow keys, and set back by a double click. */
export function Panes({ name, direction, label, first, second }: PanesProps) {
  const group = useRef<ImperativePanelGroupHandle>(null);
  const isRow = direction === 'horizontal';
  return (
    <PanelGroup ref={group} id={name} autoSaveId={name} storage={storage} direction={direction} keyboardResizeBy={2}>
      <SizedPane pane={first} order={1} />
      <PanelResizeHandle
        aria-label={label}
        data-testid={`resize-${name}`}
        title="Drag to resize, double click to set back"
        onDoubleClick={() => group.current?.setLayout([first.size, second.size])}
        className={cn(
          'group relative flex shrink-0 items-center justify-center outline-offset-[-1px]',
          isRow ? 'w-1.5 cursor-col-resize' : 'h-1.5 cursor-row-resize',
        )}
      >
        <span
          aria-hidden
          className={cn(
            'rounded-full transition-colors group-hover:bg-line-strong group-data-[resize-handle-state=drag]:bg-accent',
            isRow ? 'h-8 w-0.5' : 'h-0.5 w-8',
          )}
        />
      </PanelResizeHandle>
      <SizedPane pane={second} order={2} />
    </PanelGroup>
  );
}

function SizedPane({ pane, order }: { pane: Pane; order: number }) {
  const { id, size, min, collapsed, onCollapse, content } = pane;
  return (
    <Panel
      id={id}
      order={order}
      defaultSize={size}
      minSize={min}
      className="flex min-h-0 min-w-0"
      {...(collapsed !== undefined && { collapsible: true, collapsedSize: collapsed })}
      onCollapse={() => onCollapse?.(true)}
      onExpand={() => onCollapse?.(false)}
    >
      {content}
    </Panel>
  );
}
