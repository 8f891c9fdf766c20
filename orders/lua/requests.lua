-- Every mutating command runs once for a request id: the first answer is kept in the same atomic call and
-- given again to a retry. What may pass by itself (a stale price) is not kept: a retry should try again.

local TRANSIENT = {
  [CODE.PRICE_MOVING] = true,
  [CODE.PRICE_UNCONFIRMED] = true,
  [CODE.PRICE_UNKNOWN] = true,
  [CODE.PRICE_STALE] = true,
}
local DIGEST_LENGTH = 64

-- Wraps command(tag, user, arguments, request) -> answer table, and true when the answer is not to be kept.
-- keys: shard tag. args: user, request id, digest of the request's body (64 hex digits), trace, the command's own.
local function once(command)
  return function(keys, args)
    local tag, user, request, digest = keys[1], args[1], args[2], args[3]
    local key = tag .. KEY.REQUEST .. user .. ':' .. request
    local known = redis.call('GET', key)
    if known then
      if string.sub(known, 1, DIGEST_LENGTH) ~= digest then
        return cjson.encode(refusal(CODE.IDEMPOTENCY_KEY_REUSED))
      end
      return string.sub(known, DIGEST_LENGTH + 1)
    end
    if redis.call('EXISTS', tag .. KEY.ACCOUNT .. user) == 0 then
      return cjson.encode(refusal(CODE.ACCOUNT_UNKNOWN))
    end
    local own = {}
    for i = 5, #args do
      own[i - 4] = args[i]
    end
    set_trace(args[4])
    local answer, forget = command(tag, user, own, request)
    set_trace(NO_TRACE)
    local text = cjson.encode(answer)
    if not forget and not TRANSIENT[answer.refused] then
      redis.call('SET', key, digest .. text, 'PX', LIMIT.REQUEST_MEMORY_MS)
    end
    return text
  end
end
