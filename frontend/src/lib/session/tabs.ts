/** What the tabs of one browser tell each other. Never a token: each gets its own by the cookie they share. */
export type TabMessage = 'signed-in' | 'signed-out';

const CHANNEL = 'cfdesk.session';

let channel: BroadcastChannel | null = null;

/** Hears the other tabs until called off. */
export function listenToTabs(onMessage: (message: TabMessage) => void): () => void {
  const opened = open();
  if (!opened) return () => undefined;
  const listener = ({ data }: MessageEvent<unknown>) => {
    if (data === 'signed-in' || data === 'signed-out') onMessage(data);
  };
  opened.addEventListener('message', listener);
  return () => {
    opened.removeEventListener('message', listener);
    opened.close();
    channel = null;
  };
}

export function tellTabs(message: TabMessage): void {
  open()?.postMessage(message);
}

function open(): BroadcastChannel | null {
  if (typeof BroadcastChannel === 'undefined') return null;
  channel ??= new BroadcastChannel(CHANNEL);
  return channel;
}
