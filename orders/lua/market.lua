-- A market: one asset in one shard. Its keys, and what the library remembers of it.
--
-- Prices live in the library's own memory, not in Redis' keys: they are gone when the server or the library starts
-- anew, and unknown until the next tick, as they should be. So a tick that touches nothing writes nothing down.
--   newest: the newest tick {price, bid, ask, trade_id, event_time_ms, source, applied_at_ms}
--   jump:   the newest trade of a jump that waits to be confirmed {price, trade_id, source}, and how many in a row
--           agree on it so far (count)
--   quiet:  see quiet.lua
--
-- Its indexes find the positions that a tick touches, whatever the number of open ones. Per side
--   stop:    order -> the nearer of stop loss and liquidation; group of trailing stops -> the nearest of its stops
--   take:    order -> take profit
-- and, of trailing stops, whose prices are multiplied by the side's sign so that better is always greater:
--   groups:  group -> the sequence number of its first stop; it reaches to the next group's
--   peaks:   group -> its peak
--   nearest: for each group, run -> the smallest distance in it
--   runs:    run -> the sequence number of its first stop; it reaches to the next run's
--   members: for each run, order -> distance
--   count:   the newest sequence number

-- Marks a group among the orders of `stop`.
local GROUP = 'group:'

local function sign_of(side)
  return side == 'long' and 1 or -1
end

local function make_indexes(tag, asset, side)
  local name = asset .. ':' .. side
  local trail = tag .. KEY.TRAIL .. name
  return {
    sign = sign_of(side), stop = tag .. KEY.STOP .. name, take = tag .. KEY.TAKE .. name,
    groups = trail .. ':groups', peaks = trail .. ':peaks', nearest = trail .. ':nearest:',
    runs = trail .. ':runs', members = trail .. ':members:', count = trail .. ':count',
  }
end

-- By tag and asset.
local markets = {}

-- The market, nil when the asset isn't traded here.
local function market_of(tag, asset)
  local name = tag .. asset
  local market = markets[name]
  if not market and redis.call('EXISTS', tag .. KEY.TERMS .. asset) == 1 then
    market = {
      asset = asset, terms_key = tag .. KEY.TERMS .. asset, floor_key = tag .. KEY.FLOOR .. asset,
      unfinished_key = tag .. KEY.UNFINISHED .. asset, quiet_key = tag .. KEY.QUIET .. asset,
      long = make_indexes(tag, asset, 'long'), short = make_indexes(tag, asset, 'short'),
    }
    markets[name] = market
  end
  return market
end
