-- A trade of the exchange moves the price and ends what it touches.

-- Which rule ends a position at its closing price, in the order that counts when one tick satisfies several,
-- and the trigger that was touched.
local function touched_rule(position, price)
  local sign = sign_of(position.side)
  local function fell_to(trigger)
    return trigger and trigger > 0 and (price - trigger) * sign <= 0
  end
  if fell_to(position.liquidation_price) then
    return REASON.LIQUIDATION, position.liquidation_price
  end
  if fell_to(position.stop_loss) then
    return REASON.STOP_LOSS, position.stop_loss
  end
  local trailing = position.trailing_peak and trailing_price(position)
  if fell_to(trailing) then
    return REASON.TRAILING_STOP, trailing
  end
  return REASON.TAKE_PROFIT, position.take_profit
end

-- Ends these positions at the tick's prices.
local function end_all(tag, market, orders, tick)
  local terms = read_terms(market)
  -- A command that the server stopped half-way may have left its own.
  set_trace(NO_TRACE)
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
end

-- The names in an index from one score to another, at most `most`.
local function names_between(key, low, high, most)
  return redis.call('ZRANGEBYSCORE', key, low, high, 'LIMIT', '0', digits(most))
end

-- The next orders that a price reaches in an index, at most `room`, each once: what the index names, and in place of
-- a group those of its trailing stops that the price reaches.
local function touched_orders(index, kind, low, high, closing, room)
  local orders, seen = {}, {}
  local function take(order)
    if not seen[order] and #orders < room then
      orders[#orders + 1], seen[order] = order, true
    end
  end
  local function take_group(group)
    local reach = digits(peak_of(index, group) - index.sign * closing)
    for _, run in ipairs(names_between(index.nearest .. group, '-inf', reach, room)) do
      if #orders == room then
        return
      end
      for _, order in ipairs(names_between(index.members .. run, '-inf', reach, room)) do
        take(order)
      end
    end
  end
  for _, name in ipairs(names_between(index[kind], low, high, room)) do
    if #orders == room then
      break
    end
    if string.sub(name, 1, #GROUP) == GROUP then
      take_group(string.sub(name, #GROUP + 1))
    else
      take(name)
    end
  end
  return orders
end

-- Ends what the tick touches, at most LIMIT.FIRED_MAX positions; returns how many.
local function fire(tag, market, tick)
  local bid, ask, room = digits(tick.bid), digits(tick.ask), LIMIT.FIRED_MAX
  local function fire_range(index, kind, low, high, closing)
    -- Nearly always there is nothing, and counting that is the quickest.
    while room > 0 and redis.call('ZCOUNT', index[kind], low, high) > 0 do
      local orders = touched_orders(index, kind, low, high, closing, room)
      end_all(tag, market, orders, tick)
      room = room - #orders
    end
  end
  fire_range(market.long, 'stop', bid, '+inf', tick.bid)
  fire_range(market.short, 'stop', '-inf', ask, tick.ask)
  fire_range(market.long, 'take', '-inf', bid, tick.bid)
  fire_range(market.short, 'take', ask, '+inf', tick.ask)
  return LIMIT.FIRED_MAX - room
end

-- Lets the trailing stops of both sides follow the tick. Returns whether that is done, and whether any moved.
local function advance(market, tick, is_resumed)
  local long_done, long_moved = advance_side(market.long, tick.bid, is_resumed)
  local short_done, short_moved = advance_side(market.short, tick.ask, is_resumed)
  if long_moved or short_moved then
    unsettle(market)
  end
  return long_done and short_done, long_moved or short_moved
end

-- The tick that more work is left of than a call may do, nil when there is none.
local function read_unfinished(key)
  local fields = fields_of(key)
  if not fields then
    return nil
  end
  for _, name in ipairs({ 'price', 'bid', 'ask', 'trade_id', 'event_time_ms' }) do
    fields[name] = tonumber(fields[name])
  end
  return fields
end

local function write_unfinished(key, tick)
  redis.call('HSET', key,
    'price', digits(tick.price), 'bid', digits(tick.bid), 'ask', digits(tick.ask),
    'trade_id', digits(tick.trade_id), 'event_time_ms', digits(tick.event_time_ms), 'source', tick.source)
end

local function publish_price(market, tick)
  redis.call('PUBLISH', market.asset, string.format(
    '{"symbol":"%s","bidPrice":%d,"askPrice":%d,"lastPrice":%d,"decimals":4,"time":%d,'
      .. '"tradeId":%d,"eventTime":%d,"receivedTime":%d.%03d,"source":"%s"}',
    market.asset, tick.bid, tick.ask, tick.price, tick.event_time_ms / 1000, tick.trade_id, tick.event_time_ms,
    tick.received_us / 1000, tick.received_us % 1000, string.match(tick.source, '^[%w_]*')
  ))
end

local ADVANCING = ',"advancing":"1"'

local NOTHING = '{"fired":"0","more":"0"}'

local function tick_answer(fired, more, extra)
  return string.format('{"fired":"%d","more":"%s"%s}', fired, more and '1' or '0', extra or '')
end

-- Finishes an earlier tick as far as a call may. Returns how many positions it ended, and an answer when more is left.
local function finish(tag, market, unfinished)
  if not advance(market, unfinished, true) then
    return 0, tick_answer(0, true, ADVANCING)
  end
  local ended = fire(tag, market, unfinished)
  if ended == LIMIT.FIRED_MAX then
    return ended, tick_answer(ended, true)
  end
  redis.call('DEL', market.unfinished_key)
  return ended
end

-- Moves and ends what a new tick touches, as far as a call may; where that is nothing, keeps it in mind. Returns how
-- many positions it ended, whether more is left, and whether trailing stops are still on the move.
local function touch(tag, market, tick, terms, fence)
  local is_advanced, moved = advance(market, tick, false)
  local fired = is_advanced and fire(tag, market, tick) or 0
  local more = not is_advanced or fired == LIMIT.FIRED_MAX
  if moved or fired > 0 then
    write_floor(market, tick)
  else
    keep_quiet(market, terms, proofs[tag], fence)
  end
  if more then
    write_unfinished(market.unfinished_key, tick)
  end
  return fired, more, not is_advanced
end

-- keys: shard tag. args: asset, price (raw), trade id, event time (ms), received (us), source, publish ('1'), token of
-- the caller's lease ('0' where nobody ever had one).
-- answer: {fired, more}; more = '1': call again with the same tick before the next. advancing = '1': trailing stops are
-- still on the move, and nothing was fired yet. events: closed.
--
-- A tick that is more work than one call may do is kept as unfinished, and is finished first by whichever call comes
-- next, at its own price: a caller that dies in between changes nothing.
local function apply_tick(keys, args)
  local tag, market, ended = keys[1], market_of(keys[1], args[1]), 0
  if not market then
    return cjson.encode(refusal(CODE.ASSET_UNKNOWN))
  end
  -- Where it is known nothing is unfinished, and what was proven still is.
  local quiet = read_quiet(market, proofs[tag])
  if not quiet and not is_open(tag) then
    return cjson.encode(refusal(CODE.STATE_UNPROVEN))
  end
  local fence = quiet and quiet.fence or read_fence(tag)
  if args[8] ~= fence and (tonumber(args[8]) or 0) < tonumber(fence) then
    return cjson.encode(refusal(CODE.FENCED))
  end
  local unfinished = not quiet and read_unfinished(market.unfinished_key)
  if unfinished then
    local more
    ended, more = finish(tag, market, unfinished)
    if more then
      return more
    end
    if unfinished.source == args[6] and unfinished.trade_id == tonumber(args[3]) then
      return tick_answer(ended, false)
    end
  end
  local terms, newest, floor = quiet or read_tick_terms(market), market.newest, nil
  if not quiet or not newest or newest.source ~= args[6] then
    newest, floor = newest_tick(market)
  end
  local tick, refused = new_tick(market, args, terms, newest, floor)
  local touches_nothing = tick and quiet and is_quiet(quiet, tick)
  if tick and quiet and not touches_nothing and is_behind(tick, read_floor(market)) then
    tick, refused = nil, CODE.TRADE_ID_NOT_ABOVE
  end
  if not tick then
    return tick_answer(ended, false, ',"refused":"' .. refused .. '"')
  end
  if args[7] == '1' then
    publish_price(market, tick)
  end
  if touches_nothing then
    market.newest = tick
    return NOTHING
  end
  local fired, more, is_advancing = touch(tag, market, tick, terms, fence)
  -- Last: were there an error, the tick's caller would have to try it again.
  market.newest = tick
  return tick_answer(ended + fired, more, is_advancing and ADVANCING)
end
