import type { Asset, OpenOrderRequest, Side } from '@/lib/api/types';
import {
  affordableMargin,
  centsToDecimal,
  feeOf,
  formatPrice,
  formatUsd,
  liquidationPriceOf,
  notionalOf,
  parseUsd,
  priceToDecimal,
} from '@/lib/money';
import {
  type TriggerBase,
  type TriggerKind,
  type TriggerUnit,
  isAbove,
  triggerDistance,
  triggerPrice,
} from './triggers';

/** What goes with the trader from asset to asset. */
export interface OrderTerms {
  side: Side;
  margin: string;
  leverage: number;
}

/** What the trader has typed. */
export interface OrderDraft extends OrderTerms {
  unit: TriggerUnit;
  takeProfit: string;
  stopLoss: string;
  trailingStop: string;
}

export type OrderField = 'margin' | 'takeProfit' | 'stopLoss' | 'trailingStopLoss';
export type OrderErrors = Partial<Record<OrderField, string>>;

export interface OrderConditions {
  asset: Pick<Asset, 'symbol' | 'feeBps' | 'minMargin' | 'maxMargin' | 'stopOutPercent'>;
  balanceCents: number;
  /** Raw price the order would open at now. */
  entryRaw: number;
}

export interface OrderEstimate {
  feeCents: number;
  notionalCents: number;
  liquidationRaw: number;
}

/** A request, or what stands in its way. Never both. */
export type CheckedOrder = { request: OpenOrderRequest; errors: null } | { request: null; errors: OrderErrors };

export function checkOrder(draft: OrderDraft, conditions: OrderConditions): CheckedOrder {
  const { side, unit } = draft;
  const base = baseOf(draft, conditions);
  const takeProfit = triggerPrice(draft.takeProfit, unit, 'takeProfit', base);
  const stopLoss = triggerPrice(draft.stopLoss, unit, 'stopLoss', base);
  const trailing = triggerDistance(draft.trailingStop, unit, base, 'down');
  const found: Record<OrderField, string | null> = {
    margin: checkMargin(draft.margin, conditions),
    takeProfit: checkTrigger(draft.takeProfit, takeProfit, 'takeProfit', draft, conditions),
    stopLoss: checkTrigger(draft.stopLoss, stopLoss, 'stopLoss', draft, conditions),
    trailingStopLoss: checkDistance(draft.trailingStop, trailing, unit),
  };
  const errors: OrderErrors = Object.fromEntries(Object.entries(found).filter(([, words]) => words !== null));
  const margin = parseUsd(draft.margin);
  if (margin === null || Object.keys(errors).length > 0) return { request: null, errors };
  const request: OpenOrderRequest = {
    asset: conditions.asset.symbol,
    type: side,
    margin: centsToDecimal(margin),
    leverage: draft.leverage,
    ...(takeProfit !== null && { takeProfit: priceToDecimal(takeProfit) }),
    ...(stopLoss !== null && { stopLoss: priceToDecimal(stopLoss) }),
    ...(trailing !== null && { trailingStopLoss: { enabled: true, trailingDistance: priceToDecimal(trailing) } }),
  };
  return { request, errors: null };
}

/** What the draft's triggers are reckoned from. */
export function baseOf({ side, margin, leverage }: OrderTerms, { entryRaw }: OrderConditions): TriggerBase {
  return { side, entryRaw, notionalCents: notionalOf(parseUsd(margin) ?? 0, leverage) };
}

/** Null until the margin can be read. */
export function estimateOrder(draft: OrderDraft, { asset, entryRaw }: OrderConditions): OrderEstimate | null {
  const margin = parseUsd(draft.margin);
  if (margin === null || margin === 0) return null;
  const notionalCents = notionalOf(margin, draft.leverage);
  return {
    feeCents: feeOf(margin, asset.feeBps),
    notionalCents,
    liquidationRaw: liquidationPriceOf(draft.side, entryRaw, margin, notionalCents, asset.stopOutPercent),
  };
}

/** The margin that spends the given share of the balance, fee included, as it is typed into the field. */
export function marginForShare(percent: number, { asset, balanceCents }: OrderConditions): string {
  const share = Math.trunc((balanceCents * percent) / 100);
  return centsToDecimal(Math.min(affordableMargin(share, asset.feeBps), asset.maxMargin));
}

function checkMargin(text: string, { asset, balanceCents }: OrderConditions): string | null {
  if (text.trim() === '') return 'Enter the margin in USD.';
  const margin = parseUsd(text);
  if (margin === null) return 'Enter an amount in USD with at most two decimals, such as 100 or 100.50.';
  if (margin < asset.minMargin) return `The smallest margin is ${formatUsd(asset.minMargin)}.`;
  if (margin > asset.maxMargin) return `The largest margin is ${formatUsd(asset.maxMargin)}.`;
  const cost = margin + feeOf(margin, asset.feeBps);
  if (cost > balanceCents) {
    return `Margin and fee come to ${formatUsd(cost)}, and the balance is ${formatUsd(balanceCents)}.`;
  }
  return null;
}

const NAMES: Record<TriggerKind, string> = { takeProfit: 'take profit', stopLoss: 'stop loss' };

const HOW: Record<TriggerUnit, string> = {
  price: 'Enter a price in USD with at most four decimals.',
  distance: 'Enter a distance in USD with at most four decimals.',
  money: 'Enter an amount in USD with at most two decimals, and a margin.',
};

/** A long gains above its entry and loses below it; a short the other way round. */
function checkTrigger(
  text: string,
  price: number | null,
  kind: TriggerKind,
  { side, unit }: OrderDraft,
  { entryRaw }: OrderConditions,
): string | null {
  if (text.trim() === '') return null;
  if (price === null || price === 0) return HOW[unit];
  const belongsAbove = isAbove(kind, side);
  if (belongsAbove ? price > entryRaw : price < entryRaw) return null;
  if (unit !== 'price') return 'This is too near to the entry.';
  const position = side === 'buy' ? 'long' : 'short';
  return `A ${position}’s ${NAMES[kind]} must be ${belongsAbove ? 'above' : 'below'} the entry, now ${formatPrice(entryRaw)}.`;
}

function checkDistance(text: string, distance: number | null, unit: TriggerUnit): string | null {
  if (text.trim() === '' || (distance !== null && distance > 0)) return null;
  return HOW[unit === 'money' ? 'money' : 'distance'];
}
