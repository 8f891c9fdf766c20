-- Leases: of several processes that could all do the same work, one does it; and fences, which keep out whoever had
-- the lease before and doesn't know yet that he lost it.
--   lease: {holder, token, renewed_at_ms, ttl_ms}; each holder's token is greater than those of all before
--   fence: the token of the newest holder whose ticks are accepted

-- Takes a lease that nobody holds, or renews one's own.
-- keys: shard tag. args: name, holder, how long it lasts without being renewed (ms).
-- answer: {token}, or lease_held: another has it, for left_ms more unless he renews it.
local function take_lease(keys, args)
  local key, holder, ttl = keys[1] .. KEY.LEASE .. args[1], args[2], whole(args[3], 1, LIMIT.LEASE_MS_MAX)
  if not ttl or holder == '' then
    return redis.error_reply('ERR a lease needs a holder and at most ' .. digits(LIMIT.LEASE_MS_MAX) .. ' ms')
  end
  local lease, now = fields_of(key) or { holder = '', token = 0, renewed_at_ms = 0, ttl_ms = 0 }, now_ms()
  -- A clock that was set back by more than a lease ends it, or it would last until the clock is there again.
  local age = math.abs(now - tonumber(lease.renewed_at_ms))
  local is_held = lease.holder ~= '' and age < tonumber(lease.ttl_ms)
  if is_held and lease.holder ~= holder then
    return cjson.encode(refusal(CODE.LEASE_HELD, { left_ms = digits(tonumber(lease.ttl_ms) - age) }))
  end
  local token = tonumber(lease.token)
  if lease.holder ~= holder then
    -- Also above the tokens of an order state that was lost and restored without its leases.
    token = math.max(token + 1, now)
  end
  redis.call(
    'HSET', key, 'holder', holder, 'token', digits(token), 'renewed_at_ms', digits(now), 'ttl_ms', digits(ttl)
  )
  return cjson.encode({ token = digits(token) })
end

-- Gives a lease back; another's is left alone. Its token is never given again.
-- keys: shard tag. args: name, holder. answer: {released}.
local function release_lease(keys, args)
  local key = keys[1] .. KEY.LEASE .. args[1]
  local is_mine = redis.call('HGET', key, 'holder') == args[2]
  if is_mine then
    redis.call('HSET', key, 'holder', '')
  end
  return cjson.encode({ released = is_mine and '1' or '0' })
end

-- The token below which no tick is accepted.
local function read_fence(tag)
  return redis.call('GET', tag .. KEY.FENCE) or '0'
end

-- Accepts ticks of this token and later ones only.
-- keys: shard tag. args: token, the assets. answer: {token}, or fenced: a later holder was here.
local function raise_fence(keys, args)
  local tag, token = keys[1], whole(args[1], 0, LIMIT.TRADE_ID_MAX)
  if not token then
    return redis.error_reply('ERR a fence is raised to a token')
  end
  if token < tonumber(read_fence(tag)) then
    return cjson.encode(refusal(CODE.FENCED))
  end
  redis.call('SET', tag .. KEY.FENCE, digits(token))
  for i = 2, #args do
    local market = market_of(tag, args[i])
    if market then
      unsettle(market)
    end
  end
  return cjson.encode({ token = digits(token) })
end
