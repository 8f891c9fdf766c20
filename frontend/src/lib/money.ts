/**
 * The desk's arithmetic for display: integers only, the same truncation as the server's, which alone decides.
 * Money is cents (USD x 100), prices are raw (USD x 10,000). Both stay below 2^53, so plain numbers hold them;
 * products of the two don't, so products are BigInt.
 */
import type { Side } from './api/types';

export const USD_SCALE = 100;
export const PRICE_SCALE = 10_000;
const BPS = 10_000;

/** a * b / c, truncated toward zero, exact. */
export function mulDiv(a: number, b: number, c: number): number {
  return Number((BigInt(a) * BigInt(b)) / BigInt(c));
}

export function feeOf(marginCents: number, feeBps: number): number {
  return mulDiv(marginCents, feeBps, BPS);
}

export function notionalOf(marginCents: number, leverage: number): number {
  return marginCents * leverage;
}

/** The price at which the margin (less what the stop-out level keeps) is used up. 0 for a 1x long: it can't be. */
export function liquidationPriceOf(
  side: Side,
  openRaw: number,
  marginCents: number,
  notionalCents: number,
  stopOutPercent = 0,
): number {
  const atRisk = mulDiv(marginCents, 100 - stopOutPercent, 100);
  const remaining = side === 'buy' ? notionalCents - atRisk : notionalCents + atRisk;
  return mulDiv(openRaw, remaining, notionalCents);
}

export function pnlOf(side: Side, notionalCents: number, openRaw: number, closingRaw: number): number {
  const gain = mulDiv(notionalCents, closingRaw - openRaw, openRaw);
  // `0 - gain` and not `-gain`: a short that stands still must not show minus zero.
  return side === 'buy' ? gain : 0 - gain;
}

/** The side of the quote a position is valued and closed at. */
export function closingPriceOf(side: Side, quote: { bid: number; ask: number }): number {
  return side === 'buy' ? quote.bid : quote.ask;
}

/** The side of the quote a new position opens at. */
export function openingPriceOf(side: Side, quote: { bid: number; ask: number }): number {
  return side === 'buy' ? quote.ask : quote.bid;
}

/** The largest margin whose fee the balance can pay too. */
export function affordableMargin(balanceCents: number, feeBps: number): number {
  let margin = mulDiv(balanceCents, BPS, BPS + feeBps);
  while (margin + 1 + feeOf(margin + 1, feeBps) <= balanceCents) margin += 1;
  return margin;
}

/**
 * A position's notional is fixed at open and unchanged by added margin. An order that doesn't carry it tells it by
 * what it was opened with.
 */
export function notionalOfOrder(order: { notional?: number; initialMargin: number; leverage: number }): number {
  return order.notional ?? notionalOf(order.initialMargin, order.leverage);
}

/** Reads a typed USD amount by its digits. Null when it isn't a plain positive decimal or has too many decimals. */
export function parseUsd(text: string): number | null {
  return parseDecimal(text, 2);
}

export function parsePrice(text: string): number | null {
  return parseDecimal(text, 4);
}

function parseDecimal(text: string, decimals: number): number | null {
  const match = /^(\d{1,12})(?:\.(\d*))?$/.exec(text.trim().replaceAll(',', ''));
  if (!match) return null;
  const fraction = (match[2] ?? '').replace(/0+$/, '');
  if (fraction.length > decimals) return null;
  const value = Number((match[1] ?? '') + fraction.padEnd(decimals, '0'));
  return Number.isSafeInteger(value) ? value : null;
}

/** For amounts the server already made: USD numbers in socket messages, which carry at most the scale's decimals. */
export function usdToCents(usd: number): number {
  return Math.round(usd * USD_SCALE);
}

export function usdToPrice(usd: number): number {
  return Math.round(usd * PRICE_SCALE);
}

/** A plain decimal string for requests, without float: 10050 -> "100.50". */
export function centsToDecimal(cents: number): string {
  return toDecimal(cents, 2);
}

export function priceToDecimal(raw: number): string {
  return toDecimal(raw, 4);
}

function toDecimal(value: number, decimals: number): string {
  const digits = String(Math.abs(value)).padStart(decimals + 1, '0');
  const sign = value < 0 ? '-' : '';
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** "$5,000.00", "-$12.30". */
export function formatUsd(cents: number): string {
  const [whole, fraction] = toDecimal(Math.abs(cents), 2).split('.');
  return `${cents < 0 ? '-' : ''}$${group(whole ?? '0')}.${fraction ?? '00'}`;
}

/** With its sign, for profit and loss: "+$9.79", "-$9.79", "$0.00". */
export function formatSignedUsd(cents: number): string {
  return cents > 0 ? `+${formatUsd(cents)}` : formatUsd(cents);
}

/** From $1,000 two decimals say enough; below, the spread is smaller than a cent. */
export function priceDecimals(raw: number): 2 | 4 {
  return raw >= 1_000 * PRICE_SCALE ? 2 : 4;
}

/** "64,493.67". */
export function formatPrice(raw: number, decimals: 2 | 4 = priceDecimals(raw)): string {
  const shown = decimals === 4 ? raw : Math.round(raw / 100);
  const [whole, fraction] = toDecimal(shown, decimals).split('.');
  return `${group(whole ?? '0')}.${fraction ?? ''}`;
}

/** A part of a whole in percent with two decimals and its sign: "+9.79%". */
export function formatSignedPercent(part: number, whole: number): string {
  if (whole === 0) return '0.00%';
  const hundredths = mulDiv(part, 10_000, whole);
  return `${hundredths > 0 ? '+' : ''}${toDecimal(hundredths, 2)}%`;
}

/** Basis points as a share: "62.50%". */
export function formatBps(bps: number): string {
  return `${toDecimal(bps, 2)}%`;
}

/** Basis points as a factor, cut to two decimals: "1.53". */
export function formatFactor(bps: number): string {
  return toDecimal(Math.trunc(bps / 100), 2);
}

function group(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ',');
}
