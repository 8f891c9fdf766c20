import { beforeEach, expect, test, vi } from 'vitest';
import { readRemembered, remember } from './remembered';

const parse = (stored: unknown) => (typeof stored === 'number' ? stored : null);

beforeEach(() => localStorage.clear());

test('what was kept is read again', () => {
  remember('panes', 42);
  expect(readRemembered('panes', parse, 7)).toBe(42);
});

test('nothing, nonsense and what the reader can’t use give the fallback', () => {
  expect(readRemembered('panes', parse, 7)).toBe(7);
  localStorage.setItem('cfdesk.panes', '{');
  expect(readRemembered('panes', parse, 7)).toBe(7);
  remember('panes', 'wide');
  expect(readRemembered('panes', parse, 7)).toBe(7);
});

test('forbidden storage is no error', () => {
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('forbidden', 'SecurityError');
  });
  vi.spyOn(Storage.prototype, 'getItem').mockImplementation(() => {
    throw new DOMException('forbidden', 'SecurityError');
  });
  remember('panes', 42);
  expect(readRemembered('panes', parse, 7)).toBe(7);
});
