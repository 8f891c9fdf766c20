import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef } from 'react';
import type { ChartController } from '@/features/chart/chart-controller';
import { EntryHandle } from './entry-handle';
import { spreadOut } from './layout';
import { isTrigger } from './levels';
import { TriggerHandle } from './trigger-handle';
import { type Amending, isAmended } from './use-amending';

/** From one label's middle to the next one's. */
const GAP_PX = 28;
const EDGE_PX = 16;

/** Labels on the lines of the newest positions: what they are, what they make, and where to take hold of them. */
export function LineHandles({ controller, amending }: { controller: ChartController; amending: Amending }) {
  const rootRef = useRef<HTMLUListElement>(null);
  const { levels, amendment } = amending;
  usePlaces(controller, rootRef);
  const named = levels.filter(({ kind, isNamed }) => isNamed && kind !== 'liquidation');
  return (
    <ul ref={rootRef} aria-label="Positions in the chart" className="pointer-events-none absolute inset-0 z-[5] overflow-hidden">
      {named.map((level) => (
        <li
          key={level.id}
          data-place={level.id}
          data-moving={isAmended(amendment, level) || undefined}
          className="invisible absolute top-0 left-2 max-w-[calc(100%-5rem)] data-moving:z-10"
        >
          {isTrigger(level.kind) ? (
            <TriggerHandle level={level} kind={level.kind} amending={amending} controller={controller} />
          ) : (
            <EntryHandle level={level} levels={levels} amending={amending} />
          )}
        </li>
      ))}
    </ul>
  );
}

/** Keeps each label at its line, with every paint of the chart and without React. */
function usePlaces(controller: ChartController, rootRef: RefObject<HTMLUListElement | null>): void {
  const place = useCallback(() => {
    const items = [...(rootRef.current?.children ?? [])] as HTMLElement[];
    const bottom = controller.view.paneHeight - EDGE_PX;
    const places = items.map((item) => {
      const raw = controller.levels.currentRaw(item.dataset.place ?? '');
      return { item, y: raw === null ? null : controller.view.yOf(raw) };
    });
    const resting = places.filter(({ item, y }) => y !== null && item.dataset.moving === undefined);
    const spread = spreadOut(
      resting.map(({ y }) => y ?? 0),
      GAP_PX,
      EDGE_PX,
      bottom,
    );
    resting.forEach(({ item }, index) => moveTo(item, spread[index] ?? null));
    for (const { item, y } of places) {
      if (y === null) moveTo(item, null);
      else if (item.dataset.moving !== undefined) moveTo(item, Math.min(bottom, Math.max(EDGE_PX, y)));
    }
  }, [controller, rootRef]);
  useEffect(() => controller.view.onPaint(place), [controller, place]);
  useLayoutEffect(place);
}

/** Null: there is no scale to stand on. */
function moveTo(item: HTMLElement, y: number | null): void {
  const { style } = item;
  const transform = y === null ? style.transform : `translateY(calc(${Math.round(y)}px - 50%))`;
  const visibility = y === null ? 'hidden' : 'visible';
  if (style.transform !== transform) style.transform = transform;
  if (style.visibility !== visibility) style.visibility = visibility;
}
