import { useCallback, useSyncExternalStore } from 'react';
import type { StoreApi } from 'zustand/vanilla';

/** Runs each waiting callback once in an animation frame, however often it was asked for, and not more often than told. */
class FrameQueue {
  private readonly waiting = new Set<() => void>();
  private isScheduled = false;
  private lastRun = -Infinity;

  constructor(private readonly gapMs: number) {}

  add(callback: () => void): void {
    this.waiting.add(callback);
    if (this.isScheduled) return;
    this.isScheduled = true;
    const pause = this.lastRun + this.gapMs - performance.now();
    if (pause > 0) setTimeout(this.request, pause);
    else this.request();
  }

  delete(callback: () => void): void {
    this.waiting.delete(callback);
  }

  private readonly request = (): void => {
    requestAnimationFrame(this.run);
  };

  private readonly run = (): void => {
    this.isScheduled = false;
    this.lastRun = performance.now();
    const callbacks = [...this.waiting];
    this.waiting.clear();
    for (const callback of callbacks) callback();
  };
}

/** The chart: every frame. */
export const drawingFrames = new FrameQueue(0);

/** Figures are read, not watched: ten times a second is as fast as anybody reads, and a long table stays cheap. */
const figureFrames = new FrameQueue(100);

/**
 * Subscribes to a store that changes many times between two frames, of which only the last can be seen. The selector
 * must give the same value for the same state (a primitive or a kept object).
 */
export function useFramed<State, Selected>(store: StoreApi<State>, selector: (state: State) => Selected): Selected {
  const subscribe = useCallback(
    (notify: () => void) => {
      const unsubscribe = store.subscribe(() => figureFrames.add(notify));
      return () => {
        unsubscribe();
        figureFrames.delete(notify);
      };
    },
    [store],
  );
  const snapshot = () => selector(store.getState());
  return useSyncExternalStore(subscribe, snapshot);
}
