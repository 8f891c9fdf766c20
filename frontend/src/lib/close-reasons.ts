import type { CloseReason, Side } from './api/types';
import { formatSignedUsd } from './money';

const WORDS: Record<CloseReason, string> = {
  manual: 'Closed by you',
  partial_close: 'Partly closed by you',
  take_profit: 'Take profit',
  stop_loss: 'Stop loss',
  trailing_stop: 'Trailing stop',
  liquidation: 'Liquidation',
};

const EVENTS: Record<CloseReason, string> = {
  manual: 'closed by you',
  partial_close: 'partly closed by you',
  take_profit: 'closed by take profit',
  stop_loss: 'closed by stop loss',
  trailing_stop: 'closed by trailing stop',
  liquidation: 'liquidated',
};

/** For a column: "Take profit". A reason newer than this page is shown as the server names it. */
export function closeReasonWords(reason: CloseReason): string {
  return (WORDS as Partial<Record<string, string>>)[reason] ?? reason.replaceAll('_', ' ');
}

export function sideWord(side: Side): 'long' | 'short' {
  return side === 'buy' ? 'long' : 'short';
}

/** For a message: "BTC long closed by take profit · +$9.79". */
export function closeSentence(order: { asset: string; type: Side; closeReason: CloseReason; pnl: number }): string {
  const event = (EVENTS as Partial<Record<string, string>>)[order.closeReason] ?? 'closed';
  return `${order.asset} ${sideWord(order.type)} ${event} · ${formatSignedUsd(order.pnl)}`;
}
