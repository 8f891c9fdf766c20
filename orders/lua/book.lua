-- Positions, in Redis and in the indexes that find the ones a tick touches.
--
-- In memory a position is a table of numbers and text, with its market; trailing_peak is read from the index of trailing
-- stops. In Redis it is a hash of text that leaves out what its key, its other fields or an index say.
-- Of the indexes `stop` scores the nearer of stop loss and liquidation, and `take` the take profit.

local TEXT = { 'user_id', 'asset', 'side' }
local NUMERIC = {
  'margin', 'added_margin', 'notional', 'leverage', 'open_price', 'opened_at_ms', 'liquidation_price', 'opening_fee',
}
local OPTIONAL = { 'take_profit', 'stop_loss', 'trailing_distance', 'trailing_seq' }

local function optional_digits(number)
  return number and digits(number) or ''
end

-- A position as events and answers tell it.
local function position_text(position)
  local text = { order_id = position.order_id, initial_margin = digits(position.margin - position.added_margin) }
  for _, name in ipairs(TEXT) do
    text[name] = position[name]
  end
  for _, name in ipairs(NUMERIC) do
    text[name] = digits(position[name])
  end
  for _, name in ipairs({ 'take_profit', 'stop_loss', 'trailing_distance' }) do
    text[name] = optional_digits(position[name])
  end
  text.trailing_peak = optional_digits(position.trailing_peak)
  text.trailing_price = position.trailing_peak and digits(trailing_price(position)) or ''
  return text
end

-- The open position of that id, nil when there is none or it is another's.
local function read_position(tag, order, user)
  local position = fields_of(tag .. KEY.POSITION .. order)
  if not position or (user and position.user_id ~= user) then
    return nil
  end
  position.order_id, position.market = order, market_of(tag, position.asset)
  for _, name in ipairs(NUMERIC) do
    position[name] = tonumber(position[name])
  end
  for _, name in ipairs(OPTIONAL) do
    position[name] = position[name] and tonumber(position[name])
  end
  if position.trailing_seq then
    position.trailing_peak = read_peak(position)
  end
  return position
end

-- The ids of an account's positions, oldest first.
local function orders_of(tag, user)
  return redis.call('ZRANGE', tag .. KEY.POSITIONS .. user, 0, -1)
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

local function index_position(position)
  local index, stop = position.market[position.side], nearest_stop(position)
  if stop then
    redis.call('ZADD', index.stop, digits(stop), position.order_id)
  end
  if position.take_profit then
    redis.call('ZADD', index.take, digits(position.take_profit), position.order_id)
  end
end

local function unindex_position(position)
  local index = position.market[position.side]
  redis.call('ZREM', index.stop, position.order_id)
  redis.call('ZREM', index.take, position.order_id)
end

local function write_position(tag, position)
  local flat = {}
  for _, name in ipairs(TEXT) do
    flat[#flat + 1] = name
    flat[#flat + 1] = position[name]
  end
  for _, names in ipairs({ NUMERIC, OPTIONAL }) do
    for _, name in ipairs(names) do
      if position[name] then
        flat[#flat + 1] = name
        flat[#flat + 1] = digits(position[name])
      end
    end
  end
  redis.call('HSET', tag .. KEY.POSITION .. position.order_id, unpack(flat))
end

-- Writes a new position and its triggers. place: where it stands among the account's, the oldest lowest.
local function add_position(tag, position, place)
  unsettle(position.market)
  if position.trailing_distance then
    follow(position)
  end
  write_position(tag, position)
  index_position(position)
  redis.call('ZADD', tag .. KEY.POSITIONS .. position.user_id, place, position.order_id)
  expose(tag, position, position.notional)
end

-- Writes a changed position and its triggers; its trailing stop is in its index already.
local function store_position(tag, position)
  unsettle(position.market)
  redis.call('DEL', tag .. KEY.POSITION .. position.order_id)
  write_position(tag, position)
  unindex_position(position)
  index_position(position)
end

local function remove_position(tag, position)
  unsettle(position.market)
  unindex_position(position)
  unfollow(position)
  redis.call('DEL', tag .. KEY.POSITION .. position.order_id)
  redis.call('ZREM', tag .. KEY.POSITIONS .. position.user_id, position.order_id)
  expose(tag, position, -position.notional)
end
