/** Whether it was copied. The clipboard's API is there in secure contexts only, and a desk may be plain http at home. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await (navigator as Partial<Navigator>).clipboard?.writeText(text);
    if ('clipboard' in navigator) return true;
  } catch {
    // Refused by the browser: the old way may do.
  }
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'sr-only';
  // In an open dialog only what is within it can be selected.
  (document.querySelector('[role=dialog]') ?? document.body).append(field);
  field.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the one way without a secure context
  const isCopied = document.execCommand('copy');
  field.remove();
  return isCopied;
}

/** Hands the browser a text file to keep. */
export function downloadText(name: string, text: string, type = 'text/plain'): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1_000);
}
