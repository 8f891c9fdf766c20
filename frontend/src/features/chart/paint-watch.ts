import type { IPrimitivePaneView, ISeriesPrimitive } from 'lightweight-charts';

/**
 * Calls back whenever the candles' pane is painted: the library tells of no change of the price scale, and what
 * stands over the chart must move with it.
 */
export class PaintWatch implements ISeriesPrimitive {
  private readonly views: readonly IPrimitivePaneView[];

  constructor(onPaint: () => void) {
    const renderer = { draw: onPaint };
    this.views = [{ renderer: () => renderer }];
  }

  paneViews(): readonly IPrimitivePaneView[] {
    return this.views;
  }
}
