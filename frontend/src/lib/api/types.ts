/**
 * The wire contract of /api/v2 as the browser sees it.
 * "cents" are USD x 100 and "raw" prices are USD x 10,000, both integers, unless a field says USD.
 */

export type Side = 'buy' | 'sell';
export type PriceSource = 'binance' | 'replay' | 'simulated';
export type Interval = '1m' | '5m' | '15m' | '1h' | '4h' | '1d' | '1w';
export type CloseReason =
  | 'manual'
  | 'partial_close'
  | 'take_profit'
  | 'stop_loss'
  | 'trailing_stop'
  | 'liquidation';

export interface TrailingStop {
  enabled: boolean;
  trailingDistance: number;
  highestPrice: number | null;
  lowestPrice: number | null;
  stopPrice: number | null;
}

/** Money in cents, prices raw, wherever the order came from (socket messages are converted on arrival). */
export interface Order {
  orderId: string;
  userId: string;
  asset: string;
  type: Side;
  margin: number;
  initialMargin: number;
  addedMargin: number;
  leverage: number;
  effectiveLeverage: number;
  /** Cents. Servers that leave it out fix it at initialMargin x leverage. */
  notional?: number;
  openPrice: number;
  openTimestamp: number;
  liquidationPrice: number;
  takeProfit: number | null;
  stopLoss: number | null;
  trailingStopLoss: TrailingStop | null;
}

/** The exchange's trade that fired an automatic close, the quote it made, and the trigger it touched. Prices raw. */
export interface Receipt {
  tradeId: number;
  price: number;
  bid: number;
  ask: number;
  /** Ms since the epoch, the exchange's. */
  time: number;
  trigger: number;
}

export interface ClosedOrder extends Order {
  closePrice: number;
  closeTimestamp: number;
  pnl: number;
  /** Of closing. */
  fee: number;
  closeReason: CloseReason;
  /** The position that this part was closed of. */
  parentOrderId?: string | null;
  receipt?: Receipt | null;
  /** What follows is the history's: messages don't carry it. openingFee: with those of added margin. */
  openingFee?: number;
  /** PnL less every fee. */
  netPnl?: number;
  /** What the margin didn't cover of the loss; the house bore it. */
  shortfall?: number;
}

export interface Asset {
  symbol: string;
  name: string;
  /** What a buyer pays, USD; null until the feed has spoken. */
  buyPrice: number | null;
  /** What a seller gets, USD. */
  sellPrice: number | null;
  decimals: number;
  imageUrl: string;
  time: number | null;
  stale: boolean;
  source: PriceSource | null;
  feeBps: number;
  spreadBps: number;
  minMargin: number;
  maxMargin: number;
  leverages: number[];
  stopOutPercent: number;
  /** A price nobody has renewed for this long fills nothing. */
  staleAfterMs: number;
}

export interface WireCandle {
  time: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: string;
}

export interface CandlesAnswer {
  candles: WireCandle[];
  meta: { symbol: string; interval: Interval; count: number };
}

export interface Balance {
  usd: number;
  cents: number;
}

export interface BalanceAnswer {
  userId: string;
  email: string;
  balance: Balance;
  /** Of the account's newest order message. Servers that leave it out can be followed from their next message on. */
  seq?: number;
}

export interface OpenOrdersAnswer {
  orders: Order[];
  seq?: number;
}

/** Somebody is signed in. The refresh token came with it, in a cookie. */
export interface SignedInAnswer {
  message: string;
  userId: string;
  email: string;
  token: string;
  needsVerification: boolean;
}

/** Where the desk sends mail, signing up signs nobody in: the mail says how to go on. */
export type SignUpAnswer = SignedInAnswer | { message: string; email: string; token: null; needsVerification: true };

export interface ProviderInfo {
  name: string;
  label: string;
}

export interface LinkedProvider {
  provider: string;
  email: string;
  linkedAt: number;
}

/** The account and what guards it; times in ms since the epoch. */
export interface Me {
  userId: string;
  email: string;
  role: string;
  verified: boolean;
  needsVerification: boolean;
  hasPassword: boolean;
  createdAt: number;
  secondFactor: { enabled: boolean; recoveryCodesLeft: number };
  providers: LinkedProvider[];
  /** Whether this desk sends mail. */
  mail: boolean;
}

/** A route that only says that it is done. */
export interface Done {
  message: string;
}

/** Money and prices are USD decimal strings, so that no digit passes through a float. */
export interface OpenOrderRequest {
  asset: string;
  type: Side;
  margin: string;
  leverage: number;
  takeProfit?: string;
  stopLoss?: string;
  trailingStopLoss?: { enabled: boolean; trailingDistance: string };
}

/** What an open would do now; money in cents, prices raw. */
export interface PreviewAnswer {
  order: Omit<Order, 'orderId'>;
  fee: number;
  balanceAfter: number;
  notional: number;
  /** What a move of the price by 1 % wins or loses. */
  gainPerPercent: number;
  pnlAtTakeProfit: number | null;
  pnlAtStopLoss: number | null;
}

export interface OpenOrderAnswer {
  message: string;
  order: Order;
  fee: number;
  feePercentage: number;
}

export interface CloseOrderAnswer {
  message: string;
  orderId: string;
  closePrice: number;
  /** USD, unlike everything else under /trade. */
  pnl: number;
}

/** What is left out stays, null removes. Prices and the distance are USD decimal strings. */
export interface ModifyOrderRequest {
  orderId: string;
  takeProfit?: string | null;
  stopLoss?: string | null;
  trailingStopLoss?: { enabled: boolean; trailingDistance: string } | null;
}

export interface PartialCloseAnswer {
  message: string;
  orderId: string;
  percentageClosed: number;
  marginClosed: number;
  remainingMargin: number;
  pnl: number;
  closePrice: number;
  fee: number;
  netReturn: number;
}

export interface AddMarginAnswer {
  message: string;
  orderId: string;
  /** USD, unlike the rest. */
  additionalMargin: number;
  totalMargin: number;
  effectiveLeverage: number;
  newLiquidationPrice: number;
  fee: number;
}

export interface CloseAllAnswer {
  /** Raw, oldest first. */
  closed: ClosedOrder[];
  failed: { orderId: string; code: string; error: string }[];
}

export interface ModifyOrderAnswer {
  message: string;
  order: Order;
}

export interface HistoryAnswer {
  orders: ClosedOrder[];
  nextCursor: string | null;
}

/** Some closed orders together, in cents; a result is the PnL less all fees. Null: there is nothing to take it of. */
export interface Results {
  trades: number;
  won: number;
  lost: number;
  winRateBps: number | null;
  pnl: number;
  fees: number;
  net: number;
  grossProfit: number;
  grossLoss: number;
  profitFactorBps: number | null;
  averageWin: number | null;
  averageLoss: number | null;
  best: number | null;
  worst: number | null;
  averageHoldingMs: number | null;
}

/** The realised equity in cents from this time (ms) on; a deposit or reset begins the next `curve`. */
export interface EquityPoint {
  time: number;
  equity: number;
  curve: number;
}

export interface DayResult {
  /** YYYY-MM-DD, of UTC. */
  day: string;
  trades: number;
  net: number;
}

export interface PerformanceAnswer {
  total: Results;
  feesPaid: number;
  maxDrawdown: number;
  maxDrawdownBps: number | null;
  streaks: { longestWon: number; longestLost: number; current: number };
  equity: EquityPoint[];
  byAsset: (Results & { asset: string })[];
  byDay: DayResult[];
}

export interface ErrorDetail {
  field: string;
  message: string;
}
