-- Opening a position, and what that would be.

-- The price that an argument asks for; nil for one that is no price.
local function asked_price(argument)
  return whole(argument, 1, LIMIT.PRICE_RAW_MAX)
end

-- Why take profit and stop loss can't stand at a price, nil when they can. asked: what was asked for, text, nil for
-- nothing; one that is no price is refused, never left out. named: what the refusal calls the price.
local function wrong_side(position, asked_take, asked_stop, price, named)
  local sign = sign_of(position.side)
  local take, stop = asked_take and asked_price(asked_take), asked_stop and asked_price(asked_stop)
  if asked_take and not (take and (take - price) * sign > 0) then
    return refusal(CODE.TAKE_PROFIT_WRONG_SIDE, { [named] = digits(price) })
  end
  if asked_stop and not (stop and (stop - price) * sign < 0) then
    return refusal(CODE.STOP_LOSS_WRONG_SIDE, { [named] = digits(price) })
  end
  return nil
end

-- Gives the position a trailing stop that follows from a closing price on, or tells why it can't have it: one that
-- could never fire isn't taken for protection.
local function set_trailing(position, asked, closing)
  position.trailing_distance, position.trailing_peak = asked_price(asked), closing
  local stop = position.trailing_distance and trailing_price(position)
  if not stop or stop < 1 or stop > LIMIT.PRICE_RAW_MAX then
    return refusal(CODE.TRAILING_DISTANCE_OUT_OF_RANGE, { price = digits(closing) })
  end
  return nil
end

local function given(argument)
  return argument ~= '' and argument or nil
end

-- What would be opened: {position, fee, balance (after it)}, or nil and a refusal. Changes nothing.
-- args: order id, asset, side, margin in cents, leverage, take profit, stop loss, trailing distance (raw; '' for none).
local function opening(tag, user, args)
  local market, side = market_of(tag, args[2]), args[3]
  if not market then
    return nil, refusal(CODE.ASSET_UNKNOWN)
  end
  local limits = read_limits(tag, market)
  local halt = halted(tag, user, limits)
  if halt then
    return nil, halt
  end
  local terms = read_terms(market)
  local margin = whole(args[4], terms.margin_min, terms.margin_max)
  if not margin then
    return nil, refusal(CODE.MARGIN_OUT_OF_RANGE, {
      least = digits(terms.margin_min), most = digits(terms.margin_max),
    })
  end
  local leverage = whole(args[5], 1, LIMIT.LEVERAGE_MAX)
  if not leverage or not offers_leverage(terms, args[5]) then
    return nil, refusal(CODE.LEVERAGE_NOT_OFFERED)
  end
  local above = above_limits(tag, market, limits, side, margin * leverage, leverage)
  if above then
    return nil, above
  end
  if redis.call('ZCARD', tag .. KEY.POSITIONS .. user) >= LIMIT.POSITIONS_MAX then
    return nil, refusal(CODE.TOO_MANY_POSITIONS, { most = digits(LIMIT.POSITIONS_MAX) })
  end
  local price, unpriced = fresh_price(market, terms)
  if not price then
    return nil, refusal(unpriced)
  end
  local open_price = side == 'long' and price.ask or price.bid
  if margin * leverage > open_price * LIMIT.SIZE_MAX then
    return nil, refusal(CODE.POSITION_TOO_LARGE, { most = digits(open_price * LIMIT.SIZE_MAX) })
  end
  local balance = balance_of(tag, user)
  if balance > LIMIT.BALANCE_CENTS_MAX then
    return nil, refusal(CODE.BALANCE_TOO_LARGE, { balance = digits(balance) })
  end
  local fee = fee_on(margin, terms)
  if balance < margin + fee then
    return nil, refusal(CODE.INSUFFICIENT_BALANCE, { needed = digits(margin + fee), balance = digits(balance) })
  end
  local position = {
    market = market, order_id = args[1], user_id = user, asset = args[2], side = side, margin = margin, added_margin = 0,
    notional = margin * leverage, leverage = leverage, open_price = open_price, opened_at_ms = now_ms(),
    opening_fee = fee, take_profit = asked_price(args[6]), stop_loss = asked_price(args[7]),
  }
  local wrong = wrong_side(position, given(args[6]), given(args[7]), open_price, 'entry')
  if not wrong and given(args[8]) then
    wrong = set_trailing(position, args[8], closing_price(position, price))
  end
  if wrong then
    return nil, wrong
  end
  position.liquidation_price = liquidation_price(position, terms)
  return { position = position, fee = fee, balance = balance - margin - fee }
end

-- Opens at the ask when long, at the bid when short.
-- args: as opening's. answer and event: opened.
local open = once(function(tag, user, args, request)
  local opened, refused = opening(tag, user, args)
  if not opened then
    return refused
  end
  local position = opened.position
  keep_floor(position.market)
  -- The event that is about to be told.
  earn(tag, FEES, opened.fee)
  add_position(tag, position, digits(redis.call('HGET', tag .. KEY.ACCOUNT .. user, 'seq') + 1))
  pay(tag, user, -(position.margin + opened.fee))
  return emit(tag, user, 'opened', merged(position_text(position), {
    fee = digits(opened.fee), request_id = request,
  }))
end)

-- What an open would do now; changes nothing, so it needs no request id.
-- keys: shard tag. args: user, then as opening's.
-- answer: the position, fee, balance_after, gain_per_percent, pnl_at_take_profit, pnl_at_stop_loss ('' where not asked).
local function preview(keys, args)
  local tag, user = keys[1], args[1]
  if not balance_of(tag, user) then
    return cjson.encode(refusal(CODE.ACCOUNT_UNKNOWN))
  end
  local own = {}
  for i = 2, #args do
    own[i - 1] = args[i]
  end
  local opened, refused = opening(tag, user, own)
  if not opened then
    return cjson.encode(refused)
  end
  local position = opened.position
  local function pnl_at(price)
    return price and digits(math.max(-position.margin, gain_at(position, price))) or ''
  end
  return cjson.encode(merged(position_text(position), {
    fee = digits(opened.fee), balance_after = digits(opened.balance),
    gain_per_percent = digits(share(position.notional, 1, 100)),
    pnl_at_take_profit = pnl_at(position.take_profit), pnl_at_stop_loss = pnl_at(position.stop_loss),
  }))
end
