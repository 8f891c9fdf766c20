import type { Asset, ClosedOrder, Me, Order, SignedInAnswer } from '@/lib/api/types';

/** The long of the design's first worked case: $100 at 10x, bought at 64,506.57. */
export function makeOrder(part: Partial<Order> = {}): Order {
  return {
    orderId: 'order-1',
    userId: 'user-1',
    asset: 'BTC',
    type: 'buy',
    margin: 10_000,
    initialMargin: 10_000,
    addedMargin: 0,
    leverage: 10,
    effectiveLeverage: 10,
    openPrice: 645_065_700,
    openTimestamp: 1_700_000_000_000,
    liquidationPrice: 580_559_130,
    takeProfit: null,
    stopLoss: null,
    trailingStopLoss: null,
    ...part,
  };
}

export function makeClosedOrder(part: Partial<ClosedOrder> = {}): ClosedOrder {
  return {
    ...makeOrder(),
    closePrice: 651_386_067,
    closeTimestamp: 1_700_000_060_000,
    pnl: 979,
    fee: 50,
    closeReason: 'take_profit',
    ...part,
  };
}

export function makeAsset(part: Partial<Asset> = {}): Asset {
  return {
    symbol: 'BTC',
    name: 'Bitcoin',
    buyPrice: 64_506.57,
    sellPrice: 64_493.67,
    decimals: 4,
    imageUrl: '/assets-img/btc.svg',
    time: 1_700_000_000,
    stale: false,
    source: 'binance',
    feeBps: 50,
    spreadBps: 1,
    minMargin: 1_000,
    maxMargin: 100_000_000,
    leverages: [1, 2, 5, 10, 20, 50, 100],
    stopOutPercent: 0,
    staleAfterMs: 10_000,
    ...part,
  };
}

export function makeSignedIn(part: Partial<SignedInAnswer> = {}): SignedInAnswer {
  return { message: '', userId: 'user-1', email: 'ada@example.com', token: 'token-1', needsVerification: false, ...part };
}

export function makeMe(part: Partial<Me> = {}): Me {
  return {
    userId: 'user-1',
    email: 'ada@example.com',
    role: 'trader',
    verified: true,
    needsVerification: false,
    hasPassword: true,
    createdAt: 1_700_000_000_000,
    secondFactor: { enabled: false, recoveryCodesLeft: 0 },
    providers: [],
    mail: true,
    ...part,
  };
}
