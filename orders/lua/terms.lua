-- What an asset trades on, and at: its terms, and its newest price.

-- The terms of an asset, nil when it isn't traded here.
local function read_terms(tag, asset)
  local fields = fields_of(tag .. KEY.TERMS .. asset)
  if not fields then
    return nil
  end
  return {
    fee_bps = tonumber(fields.fee_bps),
    spread_bps = tonumber(fields.spread_bps),
    margin_min = tonumber(fields.margin_min_cents),
    margin_max = tonumber(fields.margin_max_cents),
    leverages = fields.leverages,
    stop_out_percent = tonumber(fields.stop_out_percent),
    stale_after_ms = tonumber(fields.stale_after_ms),
  }
end

-- Whether a leverage (text) is one of the terms'. They are kept as '1,2,5'.
local function offers_leverage(terms, leverage)
  return string.find(',' .. terms.leverages .. ',', ',' .. leverage .. ',', 1, true) ~= nil
end

-- Whether a tick of the asset is still ending positions. Until it is done nothing else opens or changes any: what
-- opened now could be ended by a tick that was before it, and what was touched could dodge it.
local function is_moving(tag, asset)
  return redis.call('EXISTS', tag .. KEY.UNFINISHED .. asset) == 1
end

-- Price keys that a tick has written since the library was loaded, which a server also does when it starts. A price
-- found in memory at a start is one that a rewrite of the append-only file happened to keep: of some time before.
local applied = {}

-- The newest tick's fields as they were written, nil when none came since the start.
local function known_price(tag, asset)
  local key = tag .. KEY.PRICE .. asset
  return applied[key] and fields_of(key) or nil
end

-- A price that may fill: nil and the refusal's code when there is none, or it is moving or stale.
-- Stale is judged by when the tick was applied, never by the exchange's clock.
local function fresh_price(tag, asset, terms)
  if is_moving(tag, asset) then
    return nil, CODE.PRICE_MOVING
  end
  local price = known_price(tag, asset)
  if not price then
    return nil, CODE.PRICE_UNKNOWN
  end
  if now_ms() - tonumber(price.applied_at_ms) > terms.stale_after_ms then
    return nil, CODE.PRICE_STALE
  end
  return { bid = tonumber(price.bid), ask = tonumber(price.ask) }
end

-- A position is valued, triggered and closed at the bid when long, at the ask when short.
local function closing_price(position, price)
  return position.side == 'long' and price.bid or price.ask
end

-- Notes in the append-only file how far the feed was: after a restart no tick up to here may fire what is opened or
-- changed now.
local function keep_floor(tag, asset)
  local price = known_price(tag, asset)
  if price then
    redis.call('HSET', tag .. KEY.FLOOR .. asset, 'source', price.source, 'trade_id', price.trade_id)
  end
end
