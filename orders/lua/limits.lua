-- What operators allow, beside the terms: it comes and goes while the desk runs, and only new positions are held to it.
-- Whoever has a position may always change its triggers, add margin, and close it.
--   limits of an asset: close_only ('1'), position_max and exposure_max (cents of notional), leverage_max; each may lack.
--   exposure_max is for the difference of longs and shorts in this shard.

local function read_limits(tag, market)
  local limits = redis.call('HMGET', tag .. KEY.LIMITS .. market.asset, 'close_only', 'position_max', 'exposure_max', 'leverage_max')
  return {
    is_close_only = limits[1] == '1', position_max = tonumber(limits[2] or nil), exposure_max = tonumber(limits[3] or nil),
    leverage_max = tonumber(limits[4] or nil),
  }
end

-- Why this account may open nothing in this market at all, nil when it may.
local function halted(tag, user, limits)
  if redis.call('HGET', tag .. KEY.HALTED, user) then
    return refusal(CODE.ACCOUNT_HALTED)
  end
  return limits.is_close_only and refusal(CODE.ASSET_CLOSE_ONLY) or nil
end

-- Why a new position is more than the limits allow, nil when it isn't. What brings the exposure nearer to zero is never
-- too much.
local function above_limits(tag, market, limits, side, notional, leverage)
  if limits.leverage_max and leverage > limits.leverage_max then
    return refusal(CODE.LEVERAGE_ABOVE_LIMIT, { most = digits(limits.leverage_max) })
  end
  if limits.position_max and notional > limits.position_max then
    return refusal(CODE.POSITION_ABOVE_LIMIT, { most = digits(limits.position_max) })
  end
  if limits.exposure_max then
    local before = net_exposure(tag, market)
    local after = before + sign_of(side) * notional
    if math.abs(after) > limits.exposure_max and math.abs(after) > math.abs(before) then
      return refusal(CODE.EXPOSURE_ABOVE_LIMIT, {
        most = digits(math.max(0, limits.exposure_max - sign_of(side) * before)),
      })
    end
  end
  return nil
end
