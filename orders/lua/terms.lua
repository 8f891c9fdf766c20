-- The terms on which an asset is traded. Read from Redis at every use: they may change while the desk runs.

local function read_terms(market)
  local fields = fields_of(market.terms_key)
  return {
    fee_bps = tonumber(fields.fee_bps),
    margin_min = tonumber(fields.margin_min_cents),
    margin_max = tonumber(fields.margin_max_cents),
    leverages = fields.leverages,
    stop_out_percent = tonumber(fields.stop_out_percent),
    stale_after_ms = tonumber(fields.stale_after_ms),
  }
end

-- What a tick needs of them.
local function read_tick_terms(market)
  local terms = redis.call('HMGET', market.terms_key, 'spread_bps', 'deviation_bps', 'confirmations')
  return {
    spread_bps = tonumber(terms[1]), deviation_bps = tonumber(terms[2]), confirmations = tonumber(terms[3]),
  }
end

-- Whether a leverage (text) is one of the terms'. They are kept as '1,2,5'.
local function offers_leverage(terms, leverage)
  return string.find(',' .. terms.leverages .. ',', ',' .. leverage .. ',', 1, true) ~= nil
end
