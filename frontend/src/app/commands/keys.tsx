const NAMES: Record<string, string> = { $mod: navigator.userAgent.includes('Mac') ? '⌘' : 'Ctrl', Shift: '⇧', '?': '?' };

/** A shortcut as it stands on the keys. */
export function Keys({ keys }: { keys: string }) {
  // "Shift+?" is what a keyboard makes of "?".
  const parts = keys === 'Shift+?' ? ['?'] : keys.split('+');
  return (
    <span className="inline-flex gap-1">
      {parts.map((part) => (
        <kbd
          key={part}
          className="min-w-5 rounded border border-line-strong bg-raised px-1 text-center font-sans text-2xs leading-4.5 text-ink-muted"
        >
          {NAMES[part] ?? part.toUpperCase()}
        </kbd>
      ))}
    </span>
  );
}
