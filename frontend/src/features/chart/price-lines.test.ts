import { expect, test } from 'vitest';
import { makeOrder } from '@/testing/factories';
import { positionLines } from './price-lines';

test('only the shown asset’s levels are drawn, and only those that are set', () => {
  const orders = {
    a: makeOrder({ orderId: 'a', takeProfit: 660_000_000 }),
    b: makeOrder({ orderId: 'b', asset: 'ETH' }),
  };
  expect(positionLines(orders, 'BTC').map(({ title, price }) => [title, price])).toEqual([
    ['Long 10x', 64_506.57],
    ['TP', 66_000],
    ['Liq', 58_055.913],
  ]);
});

test('a 1x long has no liquidation line', () => {
  const orders = { a: makeOrder({ leverage: 1, liquidationPrice: 0 }) };
  expect(positionLines(orders, 'BTC').map(({ kind }) => kind)).toEqual(['long']);
});
