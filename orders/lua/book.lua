-- Positions and the indexes that find the ones a tick touches.
--
-- In memory a position is a table of numbers and text (its numeric fields are NUMERIC); in Redis a hash of text.
-- Per asset and side two sorted sets: `stop` scores the nearer of stop loss and liquidation, `take` the take profit.

local NUMERIC = {
  'margin', 'initial_margin', 'added_margin', 'notional', 'leverage', 'open_price', 'opened_at_ms',
  'liquidation_price', 'opening_fee',
}
local NUMERIC_OR_EMPTY = { 'take_profit', 'stop_loss' }

local function position_text(position)
  local text = merged(position)
  for _, name in ipairs(NUMERIC) do
    text[name] = digits(position[name])
  end
  for _, name in ipairs(NUMERIC_OR_EMPTY) do
    text[name] = position[name] and digits(position[name]) or ''
  end
  return text
end

-- The open position of that id, nil when there is none or it is another's.
local function read_position(tag, order, user)
  local position = fields_of(tag .. KEY.POSITION .. order)
  if not position or (user and position.user_id ~= user) then
    return nil
  end
  for _, name in ipairs(NUMERIC) do
    position[name] = tonumber(position[name])
  end
  for _, name in ipairs(NUMERIC_OR_EMPTY) do
    position[name] = tonumber(position[name])
  end
  return position
end

local function stop_key(tag, asset, side)
  return tag .. KEY.STOP .. asset .. ':' .. side
end

local function take_key(tag, asset, side)
  return tag .. KEY.TAKE .. asset .. ':' .. side
end

-- The first price on the losing side that ends the position, nil when none can.
local function nearest_stop(position)
  local liquidation, stop_loss = position.liquidation_price, position.stop_loss
  if position.side == 'long' then
    local nearest = math.max(liquidation, stop_loss or 0)
    return nearest > 0 and nearest or nil
  end
  return stop_loss and math.min(liquidation, stop_loss) or liquidation
end

local function unindex(tag, position)
  redis.call('ZREM', stop_key(tag, position.asset, position.side), position.order_id)
  redis.call('ZREM', take_key(tag, position.asset, position.side), position.order_id)
end

local function index(tag, position)
  local stop = nearest_stop(position)
  if stop then
    redis.call('ZADD', stop_key(tag, position.asset, position.side), digits(stop), position.order_id)
  end
  if position.take_profit then
    redis.call(
      'ZADD', take_key(tag, position.asset, position.side), digits(position.take_profit), position.order_id
    )
  end
end

-- Writes a new or a changed position and its triggers.
local function store_position(tag, position)
  redis.call('HSET', tag .. KEY.POSITION .. position.order_id, unpack(flattened(position_text(position))))
  unindex(tag, position)
  index(tag, position)
end

local function remove_position(tag, position)
  unindex(tag, position)
  redis.call('DEL', tag .. KEY.POSITION .. position.order_id)
  redis.call('ZREM', tag .. KEY.POSITIONS .. position.user_id, position.order_id)
end
