import { type PointerEvent, useEffect, useEffectEvent, useRef } from 'react';
import type { Order } from '@/lib/api/types';
import { priceStore } from '@/lib/stores/prices';
import type { ChartController } from '@/features/chart/chart-controller';
import { nearestLevel, priceTick, roundStep, snap, suggestedRaw } from './amend';
import { type Level, type TriggerKind, isTrigger } from './levels';
import type { Amending } from './use-amending';

/** Less than this is a click. */
const CLICK_PX = 3;
/** This near to the pane's edge one pulls at what is beyond it. */
const EDGE_PX = 14;

interface Held {
  pointerId: number;
  startY: number;
  /** From the pointer to the line when it was taken hold of. */
  offset: number;
  /** A line that isn't there yet: a click alone makes one. */
  isNew: boolean;
  order: Order;
  kind: TriggerKind;
  hasMoved: boolean;
}

/**
 * Takes pointers that come down on a line, or on a handle of one, before the chart sees them: for it they don't
 * happen, so it doesn't scroll meanwhile.
 */
export function useLineDrag(controller: ChartController | null, amending: Amending) {
  const held = useRef<Held | null>(null);
  const { cancel } = amending;

  const letGo = () => {
    held.current = null;
    controller?.view.pull(null);
    controller?.view.setInteractive(true);
  };
  const onEscape = useEffectEvent((event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !held.current) return;
    event.stopPropagation();
    letGo();
    cancel();
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onEscape(event);
    window.addEventListener('keydown', listen, { capture: true });
    return () => window.removeEventListener('keydown', listen, { capture: true });
  }, []);

  const onPointerDownCapture = (event: PointerEvent<HTMLElement>) => {
    if (!controller || !event.isPrimary || event.button !== 0 || held.current) return;
    const y = yIn(event);
    const grip = gripOf(event, amending.levels) ?? lineAt(event, controller, amending.levels, y);
    if (!grip) return;
    event.preventDefault();
    event.stopPropagation();
    event.currentTarget.setPointerCapture(event.pointerId);
    const lineY = grip.level.kind === grip.kind ? controller.view.yOf(currentRaw(controller, grip.level)) : null;
    // A label that is held at the edge, or pushed aside, isn't where its line is: then the line comes to the pointer.
    const offset = lineY !== null && Math.abs(lineY - y) < 2 * EDGE_PX ? lineY - y : 0;
    const isNew = grip.level.kind !== grip.kind;
    held.current = { pointerId: event.pointerId, startY: y, offset, isNew, order: grip.level.order, kind: grip.kind, hasMoved: false };
    controller.view.setInteractive(false);
    focusHandle(event.currentTarget, grip.level.id);
  };

  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    if (!controller) return;
    const { current } = held;
    const y = yIn(event);
    if (!current) {
      const isNear = event.pointerType === 'mouse' && lineAt(event, controller, amending.levels, y) !== null;
      event.currentTarget.toggleAttribute('data-grab', isNear);
      return;
    }
    if (event.pointerId !== current.pointerId) return;
    if (!current.hasMoved && Math.abs(y - current.startY) < CLICK_PX) return;
    const raw = rawAt(controller, y + current.offset);
    if (raw === null) return;
    if (!current.hasMoved) amending.begin(current.order, current.kind, raw, 'pointer');
    current.hasMoved = true;
    const isAtEdge = y < EDGE_PX || y > controller.view.paneHeight - EDGE_PX;
    if (isAtEdge) controller.view.pull(raw);
    amending.move(raw);
  };

  const onPointerUp = (event: PointerEvent<HTMLElement>) => {
    const { current } = held;
    if (event.pointerId !== current?.pointerId) return;
    letGo();
    if (current.hasMoved) {
      amending.finish();
    } else if (current.isNew) {
      const quote = priceStore.getState().quotes[current.order.asset];
      amending.begin(current.order, current.kind, suggestedRaw(current.order, current.kind, quote ?? null), 'keys');
    }
  };

  const onPointerCancel = () => {
    if (!held.current) return;
    letGo();
    cancel();
  };

  return { onPointerDownCapture, onPointerMove, onPointerUp, onPointerCancel, onLostPointerCapture: onPointerCancel };
}

interface Grip {
  level: Level;
  kind: TriggerKind;
}

/** A handle under the pointer: of a trigger, or the one on an entry that a new trigger is pulled out of. */
function gripOf(event: PointerEvent<HTMLElement>, levels: readonly Level[]): Grip | null {
  const handle = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-grip]') : null;
  const level = levels.find(({ id }) => id === handle?.dataset.level);
  const kind = handle?.dataset.grip as TriggerKind | undefined;
  return level && kind ? { level, kind } : null;
}

/** A line under the mouse. Fingers are too thick for lines: they have the handles. */
function lineAt(event: PointerEvent<HTMLElement>, controller: ChartController, levels: readonly Level[], y: number): Grip | null {
  if (event.pointerType !== 'mouse' || !(event.target instanceof HTMLCanvasElement)) return null;
  const x = event.clientX - event.currentTarget.getBoundingClientRect().left;
  if (x > controller.view.paneWidth || y > controller.view.paneHeight) return null;
  const placed = levels.flatMap((level) => {
    const lineY = level.isNamed && isTrigger(level.kind) ? controller.view.yOf(currentRaw(controller, level)) : null;
    return lineY === null ? [] : [{ level, y: lineY }];
  });
  const level = nearestLevel(placed, y)?.level;
  return level && isTrigger(level.kind) ? { level, kind: level.kind } : null;
}

function currentRaw(controller: ChartController, level: Level): number {
  return controller.levels.currentRaw(level.id) ?? level.raw;
}

/** The price at a height, as round as a pixel is fine. */
function rawAt(controller: ChartController, y: number): number | null {
  const raw = controller.view.rawAt(y);
  const next = controller.view.rawAt(y + 1);
  if (raw === null || next === null) return null;
  return snap(raw, roundStep(Math.abs(raw - next), priceTick(Math.max(raw, 1))));
}

function yIn(event: PointerEvent<HTMLElement>): number {
  return event.clientY - event.currentTarget.getBoundingClientRect().top;
}

function focusHandle(root: HTMLElement, id: string): void {
  const handle = [...root.querySelectorAll<HTMLElement>('[role="slider"]')].find(({ dataset }) => dataset.level === id);
  handle?.focus({ preventScroll: true });
}
