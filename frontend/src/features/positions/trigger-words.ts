export type TriggerKind = 'takeProfit' | 'stopLoss';

export const TRIGGER_WORDS: Record<TriggerKind, string> = { takeProfit: 'take profit', stopLoss: 'stop loss' };
