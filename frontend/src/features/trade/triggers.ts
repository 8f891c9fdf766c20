import type { Side } from '@/lib/api/types';
import { mulDiv, parsePrice, parseUsd, pnlOf, priceToDecimal, centsToDecimal } from '@/lib/money';

/** How triggers are typed: as prices, as the way from the entry in USD, or as what they win or lose in USD. */
export type TriggerUnit = 'price' | 'distance' | 'money';
export type TriggerKind = 'takeProfit' | 'stopLoss';

/** What the trigger is reckoned from: the price the order would open at now, and its size. */
export interface TriggerBase {
  side: Side;
  entryRaw: number;
  /** 0 until a margin is typed: money means nothing then. */
  notionalCents: number;
}

/**
 * The raw price of a typed trigger, null when it can't be read. Money is rounded for the trader: a take profit wins at
 * least what was asked, a stop loss loses no more, before the closing fee.
 */
export function triggerPrice(text: string, unit: TriggerUnit, kind: TriggerKind, base: TriggerBase): number | null {
  if (unit === 'price') return parsePrice(text);
  const distance = triggerDistance(text, unit, base, kind === 'takeProfit' ? 'up' : 'down');
  if (distance === null) return null;
  const price = isAbove(kind, base.side) ? base.entryRaw + distance : base.entryRaw - distance;
  return price > 0 ? price : null;
}

/** How far the price must go, raw; also a trailing stop's distance, which has no price of its own. */
export function triggerDistance(text: string, unit: TriggerUnit, base: TriggerBase, round: 'up' | 'down'): number | null {
  if (unit !== 'money') return parsePrice(text);
  const cents = parseUsd(text);
  if (cents === null || base.notionalCents === 0) return null;
  const distance = mulDiv(cents, base.entryRaw, base.notionalCents);
  const isExact = mulDiv(distance, base.notionalCents, base.entryRaw) === cents;
  return round === 'up' && !isExact ? distance + 1 : distance;
}

/** What the position has made when it closes at a price, in cents, before the closing fee. */
export function moneyAt(priceRaw: number, base: TriggerBase): number {
  return pnlOf(base.side, base.notionalCents, base.entryRaw, priceRaw);
}

/** The same trigger as it is typed in another unit; empty where it can't be said in it. */
export function inUnit(priceRaw: number | null, unit: TriggerUnit, base: TriggerBase): string {
  if (priceRaw === null || priceRaw === 0) return '';
  if (unit === 'price') return typedPrice(priceRaw);
  if (unit === 'distance') return typedPrice(Math.abs(priceRaw - base.entryRaw));
  return base.notionalCents === 0 ? '' : centsToDecimal(Math.abs(moneyAt(priceRaw, base)));
}

/** A trailing distance as it is typed in another unit. */
export function distanceInUnit(distanceRaw: number | null, unit: TriggerUnit, base: TriggerBase): string {
  if (distanceRaw === null || distanceRaw === 0) return '';
  if (unit !== 'money') return typedPrice(distanceRaw);
  return base.notionalCents === 0 ? '' : centsToDecimal(mulDiv(distanceRaw, base.notionalCents, base.entryRaw));
}

/** A long's take profit and a short's stop loss lie above the entry. */
export function isAbove(kind: TriggerKind, side: Side): boolean {
  return (side === 'buy') === (kind === 'takeProfit');
}

function typedPrice(raw: number): string {
  return priceToDecimal(raw).replace(/0{1,2}$/, '');
}
