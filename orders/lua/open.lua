-- Opening a position.

-- Why take profit and stop loss can't stand with this entry, nil when they can.
-- take_profit, stop_loss: as they were asked for; one that is no price is refused, never left out.
local function wrong_triggers(position, take_profit, stop_loss)
  local sign = position.side == 'long' and 1 or -1
  local entry = position.open_price
  if take_profit ~= '' and not (position.take_profit and (position.take_profit - entry) * sign > 0) then
    return refusal(CODE.TAKE_PROFIT_WRONG_SIDE, { entry = digits(entry) })
  end
  if stop_loss ~= '' and not (position.stop_loss and (position.stop_loss - entry) * sign < 0) then
    return refusal(CODE.STOP_LOSS_WRONG_SIDE, { entry = digits(entry) })
  end
  return nil
end

-- Opens at the ask when long, at the bid when short.
-- args: order id, asset, side, margin in cents, leverage, take profit, stop loss (raw; '' for none).
-- answer and event: opened.
local open = once(function(tag, user, args, request)
  local order, asset, side = args[1], args[2], args[3]
  local terms = read_terms(tag, asset)
  if not terms then
    return refusal(CODE.ASSET_UNKNOWN)
  end
  local balance = balance_of(tag, user)
  local margin = whole(args[4], terms.margin_min, terms.margin_max)
  if not margin then
    return refusal(CODE.MARGIN_OUT_OF_RANGE, {
      least = digits(terms.margin_min), most = digits(terms.margin_max),
    })
  end
  local leverage = whole(args[5], 1, LIMIT.LEVERAGE_MAX)
  if not leverage or not offers_leverage(terms, args[5]) then
    return refusal(CODE.LEVERAGE_NOT_OFFERED)
  end
  if redis.call('ZCARD', tag .. KEY.POSITIONS .. user) >= LIMIT.POSITIONS_MAX then
    return refusal(CODE.TOO_MANY_POSITIONS, { most = digits(LIMIT.POSITIONS_MAX) })
  end
  local price, unpriced = fresh_price(tag, asset, terms)
  if not price then
    return refusal(unpriced)
  end
  local fee = fee_on(margin, terms)
  if balance < margin + fee then
    return refusal(CODE.INSUFFICIENT_BALANCE, { needed = digits(margin + fee), balance = digits(balance) })
  end
  local position = {
    order_id = order, user_id = user, asset = asset, side = side,
    margin = margin, initial_margin = margin, added_margin = 0,
    notional = margin * leverage, leverage = leverage,
    open_price = side == 'long' and price.ask or price.bid,
    opened_at_ms = now_ms(), opening_fee = fee,
    take_profit = whole(args[6], 1, LIMIT.PRICE_RAW_MAX), stop_loss = whole(args[7], 1, LIMIT.PRICE_RAW_MAX),
  }
  local wrong = wrong_triggers(position, args[6], args[7])
  if wrong then
    return wrong
  end
  position.liquidation_price = liquidation_price(position, terms)
  keep_floor(tag, asset)
  pay(tag, user, -(margin + fee))
  store_position(tag, position)
  local event = emit(tag, user, 'opened', merged(position_text(position), {
    fee = digits(fee), request_id = request,
  }))
  redis.call('ZADD', tag .. KEY.POSITIONS .. user, event.seq, order)
  return event
end)
