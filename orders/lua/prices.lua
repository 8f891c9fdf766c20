-- What an asset trades at, and which trades are believed.

-- Whether a tick of the asset is still at work. Until it is done nothing else opens or changes any position: what
-- opened now could be ended by a tick that was before it, and what was touched could dodge it.
local function is_moving(market)
  return redis.call('EXISTS', market.unfinished_key) == 1
end

-- How far the feed was at the last change of a position {source, trade_id, price}, nil when there was none.
local function read_floor(market)
  local floor = redis.call('HMGET', market.floor_key, 'source', 'trade_id', 'price')
  return floor[1] and { source = floor[1], trade_id = tonumber(floor[2]), price = tonumber(floor[3]) }
end

-- Whether an id isn't above that of `last` ({source, trade_id}, or nil). Ids compare within one source only.
local function is_behind(tick, last)
  return last and last.source == tick.source and tick.trade_id <= last.trade_id
end

-- The newest tick, nil when none is known; and the floor. A server that was a replica for a while may remember a tick of
-- before that: the floor, which came from the primary, tells.
local function newest_tick(market)
  local newest, floor = market.newest, read_floor(market)
  if newest and is_behind(newest, floor) and newest.trade_id ~= floor.trade_id then
    market.newest, market.jump, newest = nil, nil, nil
  end
  return newest, floor
end

-- Judged by when the tick was applied, never by the exchange's clock. Clocks slip back by a millisecond now and then; one
-- that was set back by more says nothing about a price of before.
local function is_stale(newest, terms)
  return math.abs(now_ms() - newest.applied_at_ms) > terms.stale_after_ms
end

-- A price that may fill: nil and the refusal's code when there is none, or it is moving, stale or in doubt.
local function fresh_price(market, terms)
  if is_moving(market) then
    return nil, CODE.PRICE_MOVING
  end
  local newest = newest_tick(market)
  if not newest then
    return nil, CODE.PRICE_UNKNOWN
  end
  if is_stale(newest, terms) then
    return nil, CODE.PRICE_STALE
  end
  -- Were the jump real, whoever filled at the old price would know the future.
  if market.jump then
    return nil, CODE.PRICE_UNCONFIRMED
  end
  return newest
end

-- A position is valued, triggered and closed at the bid when long, at the ask when short.
local function closing_price(position, price)
  return position.side == 'long' and price.bid or price.ask
end

-- Notes in the append-only file how far the feed was: after a restart no tick up to here may fire what is opened or
-- changed now, and the first one is measured against this price.
local function write_floor(market, tick)
  redis.call(
    'HSET', market.floor_key,
    'source', tick.source, 'trade_id', digits(tick.trade_id), 'price', digits(tick.price)
  )
end

-- The same for a command.
local function keep_floor(market)
  local newest = newest_tick(market)
  if newest then
    write_floor(market, newest)
  end
end

-- Whether two prices are no further apart than the asset's deviation band.
local function is_near(price, reference, terms)
  return math.abs(price - reference) * 10000 <= terms.deviation_bps * reference
end

-- Why a tick isn't believed, nil when it is: it is near the last price (`reference`, nil when none is known), or the
-- trades before it jumped to the same place. Remembers a jump that waits.
local function doubt(market, tick, reference, terms)
  local jump = market.jump
  if not reference or terms.deviation_bps == 0 or is_near(tick.price, reference, terms) then
    market.jump = nil
    return nil
  end
  local is_same_feed = jump and jump.source == tick.source
  if is_same_feed and tick.trade_id == jump.trade_id then
    return CODE.TRADE_ID_NOT_ABOVE
  end
  -- An id below the jump's begins anew: a wrong trade may have brought an id from far ahead.
  local agrees = is_same_feed and tick.trade_id > jump.trade_id and is_near(tick.price, jump.price, terms)
  local count = agrees and jump.count + 1 or 1
  if count > terms.confirmations then
    market.jump = nil
    return nil
  end
  market.jump = { price = tick.price, trade_id = tick.trade_id, source = tick.source, count = count }
  return CODE.PRICE_UNCONFIRMED
end

-- The tick that apply_tick's arguments say, or nil and a refusal's code. newest: the one before it; floor: nil when
-- there is none, or it needn't be looked at.
local function new_tick(market, args, terms, newest, floor)
  local tick = {
    price = whole(args[2], 1, LIMIT.PRICE_RAW_MAX),
    trade_id = whole(args[3], 0, LIMIT.TRADE_ID_MAX),
    event_time_ms = whole(args[4], 0, LIMIT.TRADE_ID_MAX),
    received_us = whole(args[5], 0, LIMIT.TRADE_ID_MAX),
    source = args[6],
  }
  if not (tick.price and tick.trade_id and tick.event_time_ms and tick.received_us) then
    return nil, CODE.TICK_OUT_OF_RANGE
  end
  if is_behind(tick, newest) or is_behind(tick, floor) then
    return nil, CODE.TRADE_ID_NOT_ABOVE
  end
  -- At least a unit each side: bid and ask never meet or cross.
  local spread = math.max(1, share(tick.price, terms.spread_bps, 10000))
  tick.bid, tick.ask = tick.price - spread, tick.price + spread
  if tick.bid < 1 or tick.ask > LIMIT.PRICE_RAW_MAX then
    return nil, CODE.TICK_OUT_OF_RANGE
  end
  local reference = newest and newest.price or (floor and floor.price)
  local doubted = doubt(market, tick, reference, terms)
  if doubted then
    return nil, doubted
  end
  tick.applied_at_ms = now_ms()
  return tick
end

-- The newest price of each asset named. keys: shard tag. args: assets.
-- answer: [{symbol, price, bid, ask, trade_id, event_time_ms, applied_at_ms, source, stale}], none for an asset without one.
local function read_quotes(keys, args)
  local tag, quotes = keys[1], {}
  for _, asset in ipairs(args) do
    local market = market_of(tag, asset)
    local newest = market and newest_tick(market)
    if newest then
      quotes[#quotes + 1] = {
        symbol = asset, price = digits(newest.price), bid = digits(newest.bid), ask = digits(newest.ask),
        trade_id = digits(newest.trade_id), event_time_ms = digits(newest.event_time_ms),
        applied_at_ms = digits(newest.applied_at_ms), source = newest.source,
        stale = is_stale(newest, read_terms(market)) and '1' or '0',
      }
    end
  end
  return cjson.encode(quotes)
end
