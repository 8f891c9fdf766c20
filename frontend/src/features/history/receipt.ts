import type { ClosedOrder } from '@/lib/api/types';
import { sideWord } from '@/lib/close-reasons';
import { formatPrice, formatUsd } from '@/lib/money';
import { formatDateTime, formatDuration, formatExactTime } from '@/lib/time';

const TRIGGERS: Partial<Record<ClosedOrder['closeReason'], string>> = {
  take_profit: 'Take profit',
  stop_loss: 'Stop loss',
  trailing_stop: 'Trailing stop',
  liquidation: 'Liquidation',
};

/** What happened, in sentences: what fired, at which trade, what it was filled at, and what the house bore. */
export function receiptSentences(order: ClosedOrder): string[] {
  const { receipt } = order;
  const sentences = receipt ? firedSentences(order, receipt) : [closedByYou(order)];
  const shortfall = order.shortfall ?? 0;
  if (shortfall > 0) {
    sentences.push(
      `The loss went ${formatUsd(shortfall)} beyond your margin. You lost the margin and no more; the house bore the rest.`,
    );
  }
  sentences.push(`The position was open for ${formatDuration(order.closeTimestamp - order.openTimestamp)}.`);
  return sentences;
}

function firedSentences(order: ClosedOrder, receipt: NonNullable<ClosedOrder['receipt']>): string[] {
  const name = TRIGGERS[order.closeReason] ?? 'A trigger';
  const quoteSide = order.type === 'buy' ? 'bid' : 'ask';
  const fired =
    `${name} at ${formatPrice(receipt.trigger, 4)} fired by Binance trade ${receipt.tradeId} at ` +
    `${formatPrice(receipt.price, 4)} (bid ${formatPrice(receipt.bid, 4)}, ask ${formatPrice(receipt.ask, 4)}) ` +
    `on ${formatExactTime(receipt.time)}.`;
  return [fired, `Filled at the ${quoteSide} of that trade, ${formatPrice(order.closePrice, 4)}: ${gapWords(order, receipt.trigger)}.`];
}

/** How far from the trigger it was filled, and for whom that was good. */
function gapWords(order: ClosedOrder, trigger: number): string {
  const beyond = order.closePrice - trigger;
  if (beyond === 0) return 'exactly the trigger';
  const isBetter = order.type === 'buy' ? beyond > 0 : beyond < 0;
  return `$${formatPrice(Math.abs(beyond), 4)} beyond the trigger, ${isBetter ? 'in your favour' : 'to your disadvantage'}`;
}

function closedByYou(order: ClosedOrder): string {
  const quoteSide = order.type === 'buy' ? 'bid' : 'ask';
  const what = order.closeReason === 'partial_close' ? 'A part of the position was closed' : 'Closed';
  return (
    `${what} by you, or by a program with your key, on ${formatExactTime(order.closeTimestamp)}, ` +
    `filled at the ${quoteSide}, ${formatPrice(order.closePrice, 4)}.`
  );
}

/** The receipt as plain text, to be kept or sent to somebody. */
export function receiptText(order: ClosedOrder): string {
  const side = sideWord(order.type);
  const facts = receiptFacts(order).map(([name, value]) => `${name}: ${value}`);
  return [`${order.asset} ${side} ${order.leverage}x`, ...receiptSentences(order), '', ...facts, `Order: ${order.orderId}`].join('\n');
}

/** Figures with their names, in the order they are reckoned. */
export function receiptFacts(order: ClosedOrder): [string, string][] {
  const facts: [string, string][] = [
    ['Opened', `${formatPrice(order.openPrice)} · ${formatDateTime(order.openTimestamp)} UTC`],
    ['Closed', `${formatPrice(order.closePrice)} · ${formatDateTime(order.closeTimestamp)} UTC`],
    ['Margin', formatUsd(order.margin)],
  ];
  if (order.notional !== undefined) facts.push(['Size', formatUsd(order.notional)]);
  return facts;
}
