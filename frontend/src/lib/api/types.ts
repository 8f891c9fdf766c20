/**
 * The wire contract of /api/v2 as the browser sees it: the page's names for the shapes of schema.ts, which is made from the
 * API's OpenAPI document. "cents" are USD x 100 and "raw" prices are USD x 10,000, both integers, unless a field says USD.
 */
import type { components } from './schema';

export type Schemas = components['schemas'];

/** The same, but that some of its fields may not be there. */
type MayLack<Shape, Field extends keyof Shape> = Omit<Shape, Field> & Partial<Pick<Shape, Field>>;

/** A body whose USD are decimal strings, so that no digit passes through a float. */
type InText<Body> = { [Field in keyof Body]: Text<Body[Field]> };
type Text<Value> = string extends Value ? Exclude<Value, number> : Value extends object ? InText<Value> : Value;

export type Side = Schemas['Order']['type'];
export type PriceSource = 'binance' | 'replay' | 'simulated';
export type Interval = Schemas['CandlesMeta']['interval'];
export type CloseReason = Schemas['CloseReason'];
export type TrailingStop = Schemas['TrailingStopView'];

/**
 * Money in cents, prices raw, wherever the order came from (socket messages are converted on arrival). Servers that
 * leave `notional` out fix it at initialMargin x leverage.
 */
export type Order = MayLack<Schemas['Order'], 'notional'>;

/** The exchange's trade that fired an automatic close, the quote it made, and the trigger it touched. Prices raw. */
export type Receipt = Schemas['Receipt'];

/** How a position ended. Messages carry neither its fees and result as a whole nor, from older servers, the receipt. */
export type ClosedOrder = MayLack<
  Schemas['SettledOrder'],
  'notional' | 'parentOrderId' | 'receipt' | 'openingFee' | 'netPnl' | 'shortfall'
>;

/** What can be traded; buyPrice, which a buyer pays, and sellPrice are USD, null until the feed has spoken. */
export type Asset = Omit<Schemas['AssetView'], 'source'> & { source: PriceSource | null };

export type WireCandle = Schemas['Candle'];
export type CandlesAnswer = Schemas['Candles'];
export type Balance = Schemas['UsdBalance'];

/** `seq`: of the account's newest order message. Servers that leave it out can be followed from their next message on. */
export type BalanceAnswer = MayLack<Schemas['BalanceView'], 'seq' | 'assets'>;
export type OpenOrdersAnswer = MayLack<Omit<Schemas['OpenOrders'], 'orders'> & { orders: Order[] }, 'seq'>;

/** Somebody is signed in. The refresh token came with it, in a cookie. */
export type SignedInAnswer = Schemas['SessionView'];

/** Where the desk sends mail, signing up signs nobody in: the mail says how to go on. */
export type SignUpAnswer = SignedInAnswer | { message: string; email: string; token: null; needsVerification: true };

export type ProviderInfo = Schemas['ProviderView'];
export type LinkedProvider = MayLack<Schemas['LinkView'], 'label'>;

/** The account and what guards it; times in ms since the epoch. `mail`: whether this desk sends any. */
export type Me = Omit<Schemas['Profile'], 'providers'> & { providers: LinkedProvider[] };

/** A route that only says that it is done. */
export type Done = Schemas['Done'];

/** Which assets there are is the server's to say: the page knows those that it lists. */
export type OpenOrderRequest = Omit<InText<Schemas['OpenBody']>, 'asset'> & { asset: string };
export type OpenOrderAnswer = Omit<Schemas['Opened'], 'order'> & { order: Order };
/** What an open would do now; money in cents, prices raw. gainPerPercent: what a move of the price by 1 % makes. */
export type PreviewAnswer = Schemas['Preview'];

/** pnl is USD, unlike everything else under /trade. */
export type CloseOrderAnswer = MayLack<Schemas['Closed'], 'fee'>;

/** What is left out stays, null removes. */
export type ModifyOrderRequest = InText<Schemas['ModifyBody']>;
export type ModifyOrderAnswer = Omit<Schemas['Modified'], 'order'> & { order: Order };

export type PartialCloseAnswer = MayLack<Schemas['PartlyClosed'], 'feePercentage'>;

/** additionalMargin is USD, unlike the rest. */
export type AddMarginAnswer = Pick<
  Schemas['MarginAdded'],
  'message' | 'orderId' | 'additionalMargin' | 'totalMargin' | 'effectiveLeverage' | 'newLiquidationPrice' | 'fee'
>;

/** Raw, oldest first. */
export type CloseAllAnswer = Omit<Schemas['AllClosed'], 'closed'> & { closed: ClosedOrder[] };

export type HistoryAnswer = Omit<Schemas['History'], 'orders'> & { orders: ClosedOrder[] };

/** Some closed orders together, in cents; a result is the PnL less all fees. Null: there is nothing to take it of. */
export type Results = Schemas['Results'];

/** The realised equity in cents from this time (ms) on; a deposit or reset begins the next `curve`. */
export type EquityPoint = Schemas['EquityPoint'];

/** `day`: YYYY-MM-DD, of UTC. */
export type DayResult = Schemas['DayResult'];
export type PerformanceAnswer = Schemas['Performance'];

export type ErrorDetail = NonNullable<Schemas['HTTPError']['details']>[number];

/** The balance now, and what was closed for it (raw, oldest first). */
export type ResetAnswer = Omit<Schemas['Reset'], 'closed'> & { closed: ClosedOrder[] };
