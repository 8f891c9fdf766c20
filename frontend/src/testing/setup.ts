import { cleanup } from '@testing-library/react';
import { afterEach, vi } from 'vitest';

// Vitest's globals are off, so Testing Library can't register its own.
afterEach(cleanup);

// jsdom lays nothing out, so there are no sizes to observe; Radix only needs the class to be there.
vi.stubGlobal(
  'ResizeObserver',
  class {
    observe(): void {}
    unobserve(): void {}
    disconnect(): void {}
  },
);

// Nor does it scroll.
Element.prototype.scrollIntoView = () => undefined;
