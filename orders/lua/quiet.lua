-- Where a tick touches nothing: kept per asset, so that most ticks need one look instead of one at each index.
--
-- A string: the library's version, the proof of the state (gate.lua), the lowest and highest bid and ask that touch no
-- trigger and move no trailing stop, the terms that a tick needs, and the fence (leases.lua). It is a copy of what the
-- indexes say, made when a tick had to look and found nothing, gone at every change of them. Writing it is kept out of the
-- append-only file, which costs no fsync then; a replica has it whenever its primary has it, so that what deletes it
-- there deletes it here.

-- To be called with every change of an index, of an unfinished tick, of the terms, or of the fence.
local function unsettle(market)
  redis.call('DEL', market.quiet_key)
end

-- What a quiet text says, nil when it is of another library.
local function parsed_quiet(text)
  local version, proof, rest = string.match(text, '^(%S+) (%S+) (.*)$')
  if version ~= VERSION then
    return nil
  end
  local numbers = {}
  for number in string.gmatch(rest, '%d+') do
    numbers[#numbers + 1] = tonumber(number)
  end
  return {
    text = text, proof = proof, bid_low = numbers[1], bid_high = numbers[2], ask_low = numbers[3],
    ask_high = numbers[4], spread_bps = numbers[5], deviation_bps = numbers[6], confirmations = numbers[7],
    fence = digits(numbers[8]),
  }
end

-- {proof, bid_low, bid_high, ask_low, ask_high, spread_bps, deviation_bps, confirmations, fence (text)}, or nil when it
-- isn't known, or not since this proof.
local function read_quiet(market, proof)
  local text = redis.call('GET', market.quiet_key)
  if not text then
    return nil
  end
  -- The same text isn't taken apart twice.
  if not market.quiet or market.quiet.text ~= text then
    market.quiet = parsed_quiet(text)
  end
  return market.quiet and market.quiet.proof == proof and market.quiet
end

local function is_quiet(quiet, tick)
  return quiet.bid_low <= tick.bid and tick.bid <= quiet.bid_high
    and quiet.ask_low <= tick.ask and tick.ask <= quiet.ask_high
end

-- The lowest or (from = '-1') highest score of an index, nil when it is empty.
local function end_of(key, from)
  return tonumber(redis.call('ZRANGE', key, from, from, 'WITHSCORES')[2] or nil)
end

-- Looks at the ends of all indexes, and keeps what lies between.
local function keep_quiet(market, terms, proof, fence)
  local long, short = market.long, market.short
  local bid_low = (end_of(long.stop, '-1') or 0) + 1
  -- Peaks are multiplied by the side's sign: the one that is passed first is the lowest of either.
  local bid_high = math.min((end_of(long.take, '0') or LIMIT.PRICE_RAW_MAX + 1) - 1, end_of(long.peaks, '0') or math.huge)
  local ask_low = math.max((end_of(short.take, '-1') or 0) + 1, -(end_of(short.peaks, '0') or 0))
  local ask_high = (end_of(short.stop, '0') or LIMIT.PRICE_RAW_MAX + 1) - 1
  local text = string.format(
    '%s %s %d %d %d %d %d %d %d %s',
    VERSION, proof, bid_low, bid_high, ask_low, ask_high, terms.spread_bps, terms.deviation_bps, terms.confirmations, fence
  )
  redis.set_repl(redis.REPL_REPLICA)
  redis.call('SET', market.quiet_key, text)
  redis.set_repl(redis.REPL_ALL)
end
