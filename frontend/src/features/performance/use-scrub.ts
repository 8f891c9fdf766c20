import { type KeyboardEvent, type PointerEvent, useState } from 'react';

const STEPS: Partial<Record<string, (index: number, last: number) => number>> = {
  ArrowLeft: (index) => index - 1,
  ArrowRight: (index) => index + 1,
  PageDown: (index) => index - 10,
  PageUp: (index) => index + 10,
  Home: () => 0,
  End: (_, last) => last,
};

/**
 * Walks along a picture's points by pointer, touch or keys, as a slider: `indexAt` says which one is at a part (0 to 1)
 * of its width. Null while nobody points.
 */
export function useScrub(count: number, indexAt: (part: number) => number) {
  const [chosen, setChosen] = useState<number | null>(null);
  const last = Math.max(0, count - 1);
  const index = chosen === null ? null : Math.min(chosen, last);
  const point = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    setChosen(indexAt(Math.min(1, Math.max(0, (event.clientX - box.left) / Math.max(1, box.width)))));
  };
  return {
    index,
    handlers: {
      role: 'slider',
      tabIndex: 0,
      'aria-valuemin': 1,
      'aria-valuemax': Math.max(1, count),
      'aria-valuenow': (index ?? last) + 1,
      onPointerMove: point,
      onPointerDown: point,
      onPointerLeave: () => setChosen(null),
      onBlur: () => setChosen(null),
      onKeyDown: (event: KeyboardEvent) => {
        const step = STEPS[event.key];
        if (!step) return;
        event.preventDefault();
        setChosen(Math.min(last, Math.max(0, step(index ?? last, last))));
      },
    },
  };
}
