-- Whether a shard may trade: not before somebody has proven its state whole against PostgreSQL.
--
-- What was proven is remembered in the library's memory: a server that was started anew, a replica that took over, and
-- a newly loaded library remember nothing, and are proven anew. A primary that became a replica and then a primary again
-- remembers a proof of before: so each proof is also written down, and counts only where both say the same.
--   state: {epoch, proof, restoring}. The epoch counts the lives of the order state: a restore from PostgreSQL begins
--   a new one, so that what comes back of an earlier life isn't taken for it.

-- By tag.
local proofs = {}

local function is_open(tag)
  local proof = proofs[tag]
  return proof and redis.call('HGET', tag .. KEY.STATE, 'proof') == proof
end

-- Wraps a function of the library: refused until the shard is open.
local function gated(callback)
  return function(keys, args)
    if not is_open(keys[1]) then
      return cjson.encode(refusal(CODE.STATE_UNPROVEN))
    end
    return callback(keys, args)
  end
end

local function newest_event(tag)
  local newest = redis.call('XREVRANGE', tag .. KEY.EVENTS, '+', '-', 'COUNT', 1)
  return newest[1] and newest[1][1] or '0-0'
end

-- Whether an event id is another one or comes after it.
local function has_reached(id, other)
  local ms, number = string.match(id, '^(%d+)-(%d+)$')
  local other_ms, other_number = string.match(other, '^(%d+)-(%d+)$')
  ms, number, other_ms, other_number = tonumber(ms), tonumber(number), tonumber(other_ms), tonumber(other_number)
  return ms > other_ms or (ms == other_ms and number >= other_number)
end

-- keys: shard tag. answer: {epoch ('' before the first), restoring, open, last_event_id}.
local function read_state(keys)
  local tag = keys[1]
  local state = redis.call('HMGET', tag .. KEY.STATE, 'epoch', 'restoring')
  return cjson.encode({
    epoch = state[1] or '', restoring = state[2] or '0', open = is_open(tag) and '1' or '0',
    last_event_id = newest_event(tag),
  })
end

-- The first life of a shard that has none: of an empty one, or of one from before epochs were counted.
-- keys: shard tag. args: epoch, the last event that PostgreSQL has.
-- answer: {epoch}, or state_unproven, and nothing changed: it has one, or lacks events that PostgreSQL has.
local function begin_epoch(keys, args)
  local key = keys[1] .. KEY.STATE
  if redis.call('EXISTS', key) == 1 or not has_reached(newest_event(keys[1]), args[2]) then
    return cjson.encode(refusal(CODE.STATE_UNPROVEN))
  end
  redis.call('HSET', key, 'epoch', args[1], 'restoring', '0')
  return cjson.encode({ epoch = args[1] })
end

-- Opens the shard.
-- keys: shard tag. args: epoch, the last event that PostgreSQL has, a word that no other proof has.
-- answer: {epoch}, or state_unproven: it is of another epoch, half restored, or lacks events that PostgreSQL has.
local function prove(keys, args)
  local tag, key = keys[1], keys[1] .. KEY.STATE
  local state = redis.call('HMGET', key, 'epoch', 'restoring')
  if state[1] ~= args[1] or state[2] ~= '0' or not has_reached(newest_event(tag), args[2]) then
    return cjson.encode(refusal(CODE.STATE_UNPROVEN))
  end
  redis.call('HSET', key, 'proof', args[3])
  proofs[tag] = args[3]
  return cjson.encode({ epoch = args[1] })
end
