import { describe, expectTypeOf, it } from 'vitest';
import type { Asset, ClosedOrder, ModifyOrderRequest, OpenOrderRequest, Order, Side } from './types';

// The compiler judges these: `npm run typecheck`.
describe('the types of the API', () => {
  it('sends money and prices as text alone, also inside of a trailing stop', () => {
    expectTypeOf<OpenOrderRequest['margin']>().toEqualTypeOf<string>();
    expectTypeOf<ModifyOrderRequest['takeProfit']>().toEqualTypeOf<string | null | undefined>();
    expectTypeOf<NonNullable<ModifyOrderRequest['trailingStopLoss']>['trailingDistance']>().toEqualTypeOf<
      string | null | undefined
    >();
  });

  it('keeps what is a number in what is sent', () => {
    expectTypeOf<OpenOrderRequest['leverage']>().toEqualTypeOf<number>();
  });

  it('has orders in integers, with sides and ends by their names', () => {
    expectTypeOf<Order['margin']>().toEqualTypeOf<number>();
    expectTypeOf<Order['takeProfit']>().toEqualTypeOf<number | null>();
    expectTypeOf<Side>().toEqualTypeOf<'buy' | 'sell'>();
    expectTypeOf<'liquidation'>().toExtend<ClosedOrder['closeReason']>();
  });

  it('invents no price: there may be none', () => {
    expectTypeOf<Asset['buyPrice']>().toEqualTypeOf<number | null>();
  });
});
