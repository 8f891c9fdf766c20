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
