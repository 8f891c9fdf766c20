-- A trade of the exchange moves the price and ends what it touches.

-- Which rule ends a position at its closing price, in the order that counts when one tick satisfies several,
-- and the trigger that was touched.
local function touched_rule(position, price)
  local sign = position.side == 'long' and 1 or -1
  local function fell_to(trigger)
    return trigger and trigger > 0 and (price - trigger) * sign <= 0
  end
  if fell_to(position.liquidation_price) then
    return REASON.LIQUIDATION, position.liquidation_price
  end
  if fell_to(position.stop_loss) then
    return REASON.STOP_LOSS, position.stop_loss
  end
  return REASON.TAKE_PROFIT, position.take_profit
end

-- Ends at most `room` of the positions whose score in `index_key` lies in the range; returns how many.
local function fire_range(tag, index_key, low, high, room, tick, terms)
  local orders = redis.call('ZRANGEBYSCORE', index_key, low, high, 'LIMIT', 0, room)
  for _, order in ipairs(orders) do
    local position = read_position(tag, order)
    local price = closing_price(position, tick)
    local reason, trigger = touched_rule(position, price)
    remove_position(tag, position)
    -- A gap fills at the price of the tick that fired, not at the trigger.
    settle(tag, position, price, reason, terms, {
      receipt_trade_id = digits(tick.trade_id), receipt_price = digits(tick.price),
      receipt_bid = digits(tick.bid), receipt_ask = digits(tick.ask),
      receipt_time_ms = digits(tick.event_time_ms), receipt_trigger = digits(trigger),
    })
  end
  return #orders
end

-- Ends what the tick touches, at most LIMIT.FIRED_MAX positions; returns how many.
local function fire(tag, asset, tick, terms)
  local bid, ask = digits(tick.bid), digits(tick.ask)
  local ranges = {
    { stop_key(tag, asset, 'long'), bid, '+inf' },
    { stop_key(tag, asset, 'short'), '-inf', ask },
    { take_key(tag, asset, 'long'), '-inf', bid },
    { take_key(tag, asset, 'short'), ask, '+inf' },
  }
  local fired = 0
  for _, range in ipairs(ranges) do
    local room = LIMIT.FIRED_MAX - fired
    if room == 0 then
      break
    end
    fired = fired + fire_range(tag, range[1], range[2], range[3], room, tick, terms)
  end
  return fired
end

-- A tick as it was written, nil when none was.
local function read_tick(key)
  local fields = fields_of(key)
  if not fields then
    return nil
  end
  for _, name in ipairs({ 'price', 'bid', 'ask', 'trade_id', 'event_time_ms' }) do
    fields[name] = tonumber(fields[name])
  end
  return fields
end

local function write_tick(key, tick)
  redis.call('HSET', key,
    'price', digits(tick.price), 'bid', digits(tick.bid), 'ask', digits(tick.ask),
    'trade_id', digits(tick.trade_id), 'event_time_ms', digits(tick.event_time_ms),
    'source', tick.source, 'applied_at_ms', digits(now_ms()))
end

-- Kept out of the append-only file: it costs no fsync, and after a restart the price is unknown until the next tick.
local function write_price(key, tick)
  redis.set_repl(redis.REPL_NONE)
  write_tick(key, tick)
  redis.set_repl(redis.REPL_ALL)
  applied[key] = true
end

local function publish_price(asset, tick, received_us)
  redis.call('PUBLISH', asset, string.format(
    '{"symbol":"%s","bidPrice":%.0f,"askPrice":%.0f,"lastPrice":%.0f,"decimals":4,"time":%.0f,'
      .. '"tradeId":%.0f,"eventTime":%.0f,"receivedTime":%.3f,"source":"%s"}',
    asset, tick.bid, tick.ask, tick.price, math.floor(tick.event_time_ms / 1000),
    tick.trade_id, tick.event_time_ms, received_us / 1000, string.match(tick.source, '^[%w_]*')
  ))
end

-- Whether an id isn't above that of `last` ({source, trade_id}, or nil). Ids compare within one source only.
local function is_behind(tick, last)
  return last and last.source == tick.source and tick.trade_id <= tonumber(last.trade_id)
end

-- The tick that the arguments say, or a refusal.
local function new_tick(tag, args, terms)
  local tick = {
    price = whole(args[2], 1, LIMIT.PRICE_RAW_MAX),
    trade_id = whole(args[3], 0, LIMIT.TRADE_ID_MAX),
    event_time_ms = whole(args[4], 0, LIMIT.TRADE_ID_MAX),
    source = args[6],
  }
  if not tick.price or not tick.trade_id or not tick.event_time_ms then
    return nil, refusal(CODE.TICK_OUT_OF_RANGE)
  end
  local asset = args[1]
  if is_behind(tick, fields_of(tag .. KEY.PRICE .. asset)) or is_behind(tick, fields_of(tag .. KEY.FLOOR .. asset)) then
    return nil, refusal(CODE.TRADE_ID_NOT_ABOVE)
  end
  local spread = math.max(1, share(tick.price, terms.spread_bps, 10000))
  tick.bid, tick.ask = tick.price - spread, tick.price + spread
  if tick.bid < 1 or tick.ask > LIMIT.PRICE_RAW_MAX then
    return nil, refusal(CODE.TICK_OUT_OF_RANGE)
  end
  return tick
end

-- keys: shard tag. args: asset, price (raw), trade id, event time (ms), received (us), source, publish ('1').
-- answer: {fired, more}; more = '1': call again with the same tick before the next. events: closed.
--
-- A tick that touches more than one call may end is kept as unfinished, and is finished first by whichever call
-- comes next, at its own price: a caller that dies in between changes nothing.
local function apply_tick(keys, args)
  local tag, asset = keys[1], args[1]
  local terms = read_terms(tag, asset)
  if not terms then
    return cjson.encode(refusal(CODE.ASSET_UNKNOWN))
  end
  local price_key, unfinished_key = tag .. KEY.PRICE .. asset, tag .. KEY.UNFINISHED .. asset
  local finished = 0
  local unfinished = read_tick(unfinished_key)
  if unfinished then
    finished = fire(tag, asset, unfinished, terms)
    if finished == LIMIT.FIRED_MAX then
      return cjson.encode({ fired = digits(finished), more = '1' })
    end
    redis.call('DEL', unfinished_key)
    if unfinished.source == args[6] and unfinished.trade_id == tonumber(args[3]) then
      return cjson.encode({ fired = digits(finished), more = '0' })
    end
  end
  local tick, refused = new_tick(tag, args, terms)
  if not tick then
    return cjson.encode(merged(refused, { fired = digits(finished), more = '0' }))
  end
  write_price(price_key, tick)
  if args[7] == '1' then
    publish_price(asset, tick, tonumber(args[5]))
  end
  local fired = fire(tag, asset, tick, terms)
  local more = fired == LIMIT.FIRED_MAX
  if fired > 0 then
    keep_floor(tag, asset)
  end
  if more then
    write_tick(unfinished_key, tick)
  end
  return cjson.encode({ fired = digits(finished + fired), more = more and '1' or '0' })
end

-- The newest price of each asset named. keys: shard tag. args: assets.
-- answer: [{symbol, price, bid, ask, trade_id, event_time_ms, applied_at_ms, source, stale}], none for an asset without one.
local function read_quotes(keys, args)
  local tag, quotes = keys[1], {}
  for _, asset in ipairs(args) do
    local fields = known_price(tag, asset)
    local terms = read_terms(tag, asset)
    if fields and terms then
      local age = now_ms() - tonumber(fields.applied_at_ms)
      fields.symbol = asset
      fields.stale = age > terms.stale_after_ms and '1' or '0'
      quotes[#quotes + 1] = fields
    end
  end
  return cjson.encode(quotes)
end
