-- Adding margin: it moves the liquidation price away; the notional, and so the PnL, stays.

-- args: order id, cents. answer and event: margin_added.
local add_margin = once(function(tag, user, args, request)
  local position = read_position(tag, args[1], user)
  if not position then
    return refusal(CODE.ORDER_UNKNOWN)
  end
  if is_moving(position.market) then
    return refusal(CODE.PRICE_MOVING)
  end
  local terms = read_terms(position.market)
  local amount = whole(args[2], 1, terms.margin_max - position.margin)
  if not amount then
    return refusal(CODE.AMOUNT_OUT_OF_RANGE)
  end
  local fee = fee_on(amount, terms)
  local balance = balance_of(tag, user)
  if balance < amount + fee then
    return refusal(CODE.INSUFFICIENT_BALANCE, { needed = digits(amount + fee), balance = digits(balance) })
  end
  position.margin = position.margin + amount
  position.added_margin = position.added_margin + amount
  position.opening_fee = position.opening_fee + fee
  position.liquidation_price = liquidation_price(position, terms)
  pay(tag, user, -(amount + fee))
  earn(tag, FEES, fee)
  keep_floor(position.market)
  store_position(tag, position)
  return emit(tag, user, 'margin_added', merged(position_text(position), {
    amount = digits(amount), fee = digits(fee), request_id = request,
  }))
end)
