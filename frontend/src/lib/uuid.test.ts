import { expect, test } from 'vitest';
import { randomUuid } from './uuid';

test('a page on plain http, without randomUUID, makes version 4 UUIDs too', () => {
  const source = { getRandomValues: crypto.getRandomValues.bind(crypto) };
  const uuids = Array.from({ length: 50 }, () => randomUuid(source));
  expect(new Set(uuids).size).toBe(50);
  for (const uuid of uuids) expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
