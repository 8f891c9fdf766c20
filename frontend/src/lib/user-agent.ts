export type DeviceKind = 'desktop' | 'phone' | 'program';

export interface Device {
  kind: DeviceKind;
  /** "Firefox on Linux". */
  name: string;
}

/** Order matters: most browsers name the others too. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/Edg(e|A|iOS)?\//, 'Edge'],
  [/OPR\/|Opera/, 'Opera'],
  [/SamsungBrowser\//, 'Samsung Internet'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/(Headless)?Chrome\/|CriOS\/|Chromium\//, 'Chrome'],
  [/Safari\//, 'Safari'],
];

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/iPhone|iPod/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X|Macintosh/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux|X11/, 'Linux'],
];

/** A guess, good enough to know one's own devices by: what a browser says of itself proves nothing. */
export function describeDevice(userAgent: string): Device {
  const browser = nameIn(BROWSERS, userAgent);
  const system = nameIn(SYSTEMS, userAgent);
  if (browser === null) {
    const program = userAgent.split(/[\s/]/, 1)[0];
    return { kind: 'program', name: program || 'Unknown program' };
  }
  const kind = /Mobi|Android|iPhone|iPad/.test(userAgent) ? 'phone' : 'desktop';
  return { kind, name: system === null ? browser : `${browser} on ${system}` };
}

function nameIn(table: readonly (readonly [RegExp, string])[], text: string): string | null {
  return table.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}
