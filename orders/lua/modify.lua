-- Changing a position's triggers.

local KEEP, REMOVE = '', 'none'

-- A trigger after it was asked to be kept, removed, or set; nil for one that is no price.
local function amended(current, asked)
  if asked == KEEP then
    return current
  end
  return whole(asked, 1, LIMIT.PRICE_RAW_MAX)
end

local function sets(asked)
  return asked ~= KEEP and asked ~= REMOVE
end

-- Why a trigger that is set can't stand at the current closing price, nil when it can.
local function wrong_now(position, args, price)
  local sign = position.side == 'long' and 1 or -1
  if sets(args[2]) and not (position.take_profit and (position.take_profit - price) * sign > 0) then
    return refusal(CODE.TAKE_PROFIT_WRONG_SIDE, { price = digits(price) })
  end
  if sets(args[3]) and not (position.stop_loss and (position.stop_loss - price) * sign < 0) then
    return refusal(CODE.STOP_LOSS_WRONG_SIDE, { price = digits(price) })
  end
  return nil
end

-- Sets, keeps or removes take profit and stop loss. What is set must be on the right side of the price that the
-- position would close at now; removing needs no price.
-- args: order id, take profit, stop loss (raw; '' keeps, 'none' removes). answer and event: modified.
local modify = once(function(tag, user, args, request)
  local position = read_position(tag, args[1], user)
  if not position then
    return refusal(CODE.ORDER_UNKNOWN)
  end
  if is_moving(tag, position.asset) then
    return refusal(CODE.PRICE_MOVING)
  end
  position.take_profit = amended(position.take_profit, args[2])
  position.stop_loss = amended(position.stop_loss, args[3])
  if sets(args[2]) or sets(args[3]) then
    local price, unpriced = fresh_price(tag, position.asset, read_terms(tag, position.asset))
    if not price then
      return refusal(unpriced)
    end
    local wrong = wrong_now(position, args, closing_price(position, price))
    if wrong then
      return wrong
    end
  end
  keep_floor(tag, position.asset)
  store_position(tag, position)
  return emit(tag, user, 'modified', merged(position_text(position), { request_id = request }))
end)
