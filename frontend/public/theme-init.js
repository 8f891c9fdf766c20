// Runs before the first paint, so that a reader of the light theme never sees a dark flash.
// The key is written by src/lib/stores/theme.ts.
try {
  if (localStorage.getItem('cfdesk.theme') === 'light') document.documentElement.dataset.theme = 'light';
} catch {
  // Storage may be forbidden (private windows, policies): the dark default stands.
}
