-- What all positions come to, counted as they come and go: open notional by asset and side, and what the house made by
-- source. It is what the events tell, summed up where they happen.
--
-- A tick may end hundreds of positions. So a call counts in memory, and writes each sum once when it is through.

local FEES, TRADING, SHORTFALL = 'fees', 'trading', 'shortfall'

-- By key and field: what this call has counted so far.
local counted = {}

local function count(key, field, amount)
  local sums = counted[key]
  if not sums then
    sums = {}
    counted[key] = sums
  end
  sums[field] = (sums[field] or 0) + amount
end

-- Cents that the house made by fees, by what traders lost (less than nothing where they won), or that no margin covered.
local function earn(tag, source, amount)
  count(tag .. KEY.HOUSE, source, amount)
end

-- Open notional that came, or went where it is less than nothing.
local function expose(tag, position, notional)
  count(tag .. KEY.EXPOSURE .. position.asset, position.side, notional)
end

-- Writes down what was counted.
local function write_counted()
  -- Nearly always a tick touches nothing.
  if not next(counted) then
    return
  end
  for key, sums in pairs(counted) do
    for field, amount in pairs(sums) do
      if amount ~= 0 then
        redis.call('HINCRBY', key, field, digits(amount))
      end
    end
  end
  counted = {}
end

-- Wraps a function of the library that moves positions or money. What it writes down stays true also where the server
-- stops it half-way, so what it had counted until then is written by the next call.
local function counting(callback)
  return function(keys, args)
    local answer = callback(keys, args)
    write_counted()
    return answer
  end
end

-- Longs less shorts, in cents of notional.
local function net_exposure(tag, market)
  local sides = redis.call('HMGET', tag .. KEY.EXPOSURE .. market.asset, 'long', 'short')
  return (tonumber(sides[1] or nil) or 0) - (tonumber(sides[2] or nil) or 0)
end

-- keys: shard tag. args: assets. answer: {fees, trading, shortfall, exposures: [{asset, long, short}], last_event_id}:
-- as of the newest event.
local function read_house(keys, args)
  local made = redis.call('HMGET', keys[1] .. KEY.HOUSE, FEES, TRADING, SHORTFALL)
  local exposures = {}
  for i, asset in ipairs(args) do
    local sides = redis.call('HMGET', keys[1] .. KEY.EXPOSURE .. asset, 'long', 'short')
    exposures[i] = { asset = asset, long = sides[1] or '0', short = sides[2] or '0' }
  end
  return cjson.encode({
    fees = made[1] or '0', trading = made[2] or '0', shortfall = made[3] or '0', exposures = exposures,
    last_event_id = newest_event(keys[1]),
  })
end

-- Sets a sum that isn't there; one that is counts on.
local function begin_sums(key, ...)
  if redis.call('EXISTS', key) == 0 then
    redis.call('HSET', key, ...)
  end
end

-- Gives a shard that is older than these sums what they would be by now, where they are missing. Whoever has summed up
-- did it while nothing happened: the shard is closed, and its newest event is still the one of then.
-- keys: shard tag. args: the newest event, fees, trading, shortfall (cents), then for each asset: its name, open notional
-- of longs, of shorts (cents). answer: {counted: '1'}, or state_unproven, and nothing changed.
local function begin_house(keys, args)
  local tag = keys[1]
  if is_open(tag) or newest_event(tag) ~= args[1] then
    return cjson.encode(refusal(CODE.STATE_UNPROVEN))
  end
  begin_sums(tag .. KEY.HOUSE, FEES, args[2], TRADING, args[3], SHORTFALL, args[4])
  for i = 5, #args, 3 do
    begin_sums(tag .. KEY.EXPOSURE .. args[i], 'long', args[i + 1], 'short', args[i + 2])
  end
  return cjson.encode({ counted = '1' })
end
