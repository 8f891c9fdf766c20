import { beforeEach, expect, test, vi } from 'vitest';

async function freshStore() {
  vi.resetModules();
  return (await import('./selection')).selectionStore;
}

beforeEach(() => localStorage.clear());

test('the first visit begins with the first asset in minutes', async () => {
  const store = await freshStore();
  expect(store.getState()).toMatchObject({ symbol: 'BTC', interval: '1m' });
});

test('the next visit begins where the last one ended', async () => {
  const store = await freshStore();
  store.getState().select('ETH');
  store.getState().selectInterval('4h');
  expect((await freshStore()).getState()).toMatchObject({ symbol: 'ETH', interval: '4h' });
});

test('an asset that the desk no longer has is not selected', async () => {
  localStorage.setItem('cfdesk.selection', JSON.stringify({ symbol: 'DOGE', interval: '4h' }));
  expect((await freshStore()).getState()).toMatchObject({ symbol: 'BTC', interval: '1m' });
});
