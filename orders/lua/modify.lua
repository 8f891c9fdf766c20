-- Changing a position's triggers.

local KEEP, REMOVE = '', 'none'

-- What an argument sets a trigger to, nil when it keeps or removes it.
local function set_to(argument)
  return argument ~= KEEP and argument ~= REMOVE and argument or nil
end

local function amended(current, argument)
  if argument == KEEP then
    return current
  end
  return asked_price(argument)
end

-- Changes the position's triggers, or tells why it can't. What is set must be on the right side of the price that
-- the position would close at now; keeping and removing needs no price.
local function amend(position, take, stop, trailing)
  if set_to(take) or set_to(stop) or set_to(trailing) then
    local price, unpriced = fresh_price(position.market, read_terms(position.market))
    if not price then
      return refusal(unpriced)
    end
    local closing = closing_price(position, price)
    local wrong = wrong_side(position, set_to(take), set_to(stop), closing, 'price')
    if not wrong and set_to(trailing) then
      wrong = set_trailing(position, trailing, closing)
    end
    if wrong then
      return wrong
    end
  end
  position.take_profit = amended(position.take_profit, take)
  position.stop_loss = amended(position.stop_loss, stop)
  if trailing ~= KEEP then
    unfollow(position)
    position.trailing_seq = nil
    if trailing == REMOVE then
      position.trailing_distance, position.trailing_peak = nil, nil
    else
      follow(position)
    end
  end
  return nil
end

-- Sets, keeps or removes take profit, stop loss and trailing stop. A trailing stop that is set follows from the
-- current closing price on; asked for the distance that it has, it keeps its peak.
-- args: order id, take profit, stop loss, trailing distance (raw; '' keeps, 'none' removes). answer and event: modified.
local modify = once(function(tag, user, args, request)
  local position = read_position(tag, args[1], user)
  if not position then
    return refusal(CODE.ORDER_UNKNOWN)
  end
  if is_moving(position.market) then
    return refusal(CODE.PRICE_MOVING)
  end
  local trailing = args[4]
  if position.trailing_distance and tonumber(trailing) == position.trailing_distance then
    trailing = KEEP
  end
  local refused = amend(position, args[2], args[3], trailing)
  if refused then
    return refused
  end
  keep_floor(position.market)
  store_position(tag, position)
  return emit(tag, user, 'modified', merged(position_text(position), { request_id = request }))
end)
