/**
 * All times are shown in UTC: candles of a day and longer are cut at UTC midnight, and a replayed recording has
 * nothing to do with the reader's own clock.
 */
const dateAndTime = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  day: '2-digit',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
});

/** "22 Nov, 11:29:22". */
export function formatDateTime(epochMs: number): string {
  return dateAndTime.format(epochMs);
}

/** "2026-11-22T11:29:22.000Z", for machine-readable attributes. */
export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

const dateOnly = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'short', year: 'numeric' });

/** "22 Nov 2026". */
export function formatDay(epochMs: number): string {
  return dateOnly.format(epochMs);
}

/** A short time: "<1 ms", "12 ms", "1.2 s". */
export function formatMs(ms: number): string {
  const whole = Math.round(ms);
  if (whole < 1) return '<1 ms';
  if (whole < 1_000) return `${whole} ms`;
  return `${whole < 10_000 ? (Math.floor(whole / 100) / 10).toFixed(1) : Math.floor(whole / 1_000)} s`;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** "22 Nov 2026, 11:29:22.041 UTC": to the millisecond, for receipts. */
export function formatExactTime(epochMs: number): string {
  return `${formatDay(epochMs)}, ${isoTime(epochMs).slice(11, 23)} UTC`;
}

/** How long something lasted, by its two largest units: "2 d 4 h", "3 min 5 s", "850 ms". */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  const units: [string, number][] = [
    ['d', DAY_MS],
    ['h', HOUR_MS],
    ['min', MINUTE_MS],
    ['s', 1_000],
  ];
  const first = units.findIndex(([, length]) => ms >= length);
  const rest = units.slice(first, first + 2).map(([unit, length], place) => {
    const above = place === 0 ? Infinity : (units[first]?.[1] ?? Infinity);
    return [Math.floor((ms % above) / length), unit] as const;
  });
  return rest.filter(([count], place) => place === 0 || count > 0).map((part) => part.join(' ')).join(' ');
}

/** "5 minutes ago", and after a week the day. */
export function formatAgo(epochMs: number, nowMs: number): string {
  const age = nowMs - epochMs;
  if (age < MINUTE_MS) return 'just now';
  if (age < HOUR_MS) return ago(Math.floor(age / MINUTE_MS), 'minute');
  if (age < DAY_MS) return ago(Math.floor(age / HOUR_MS), 'hour');
  if (age < 7 * DAY_MS) return ago(Math.floor(age / DAY_MS), 'day');
  return formatDay(epochMs);
}

function ago(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'} ago`;
}
