import type { Asset, OpenOrderRequest, Side } from '@/lib/api/types';
import {
  affordableMargin,
  centsToDecimal,
  feeOf,
  formatPrice,
  formatUsd,
  liquidationPriceOf,
  notionalOf,
  parsePrice,
  parseUsd,
  priceToDecimal,
} from '@/lib/money';

/** What the trader has typed. */
export interface OrderDraft {
  side: Side;
  margin: string;
  leverage: number;
  takeProfit: string;
  stopLoss: string;
}

export type OrderField = 'margin' | 'takeProfit' | 'stopLoss';
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
  const marginError = checkMargin(draft.margin, conditions);
  const takeProfitError = checkTrigger(draft.takeProfit, 'take profit', draft.side, conditions);
  const stopLossError = checkTrigger(draft.stopLoss, 'stop loss', draft.side, conditions);
  const margin = parseUsd(draft.margin);
  if (margin === null || marginError || takeProfitError || stopLossError) {
    return {
      request: null,
      errors: {
        ...(marginError !== null && { margin: marginError }),
        ...(takeProfitError !== null && { takeProfit: takeProfitError }),
        ...(stopLossError !== null && { stopLoss: stopLossError }),
      },
    };
  }
  const takeProfit = parsePrice(draft.takeProfit);
  const stopLoss = parsePrice(draft.stopLoss);
  const request: OpenOrderRequest = {
    asset: conditions.asset.symbol,
    type: draft.side,
    margin: centsToDecimal(margin),
    leverage: draft.leverage,
    ...(takeProfit !== null && { takeProfit: priceToDecimal(takeProfit) }),
    ...(stopLoss !== null && { stopLoss: priceToDecimal(stopLoss) }),
  };
  return { request, errors: null };
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

/** A long gains above its entry and loses below it; a short the other way round. */
function checkTrigger(
  text: string,
  name: 'take profit' | 'stop loss',
  side: Side,
  { entryRaw }: OrderConditions,
): string | null {
  if (text.trim() === '') return null;
  const price = parsePrice(text);
  if (price === null || price === 0) return 'Enter a price in USD with at most four decimals.';
  const belongsAbove = (side === 'buy') === (name === 'take profit');
  if (belongsAbove ? price > entryRaw : price < entryRaw) return null;
  const position = side === 'buy' ? 'long' : 'short';
  return `A ${position}’s ${name} must be ${belongsAbove ? 'above' : 'below'} the entry, now ${formatPrice(entryRaw)}.`;
}
