-- Every change of an account is one event: in the shard's stream for the journal, on the account's channel for
-- whoever watches, numbered by the account.

-- The HTTP request that the running command came with. Events tell it, so that what a log says of a request can be found
-- beside what it did.
local NO_TRACE = ''
local trace = NO_TRACE

local function set_trace(text)
  trace = text
end

-- fields: text. Returns the event whole, with seq, balance and event_id.
local function emit(tag, user, kind, fields)
  local account = tag .. KEY.ACCOUNT .. user
  local event = merged(fields, {
    kind = kind,
    user_id = user,
    seq = digits(redis.call('HINCRBY', account, 'seq', 1)),
    balance = redis.call('HGET', account, 'balance'),
    at_ms = digits(now_ms()),
  })
  if trace ~= NO_TRACE then
    event.trace = trace
  end
  local event_id = redis.call('XADD', tag .. KEY.EVENTS, '*', unpack(flattened(event)))
  event.event_id = event_id
  redis.call('PUBLISH', KEY.ORDERS_CHANNEL .. user, cjson.encode(event))
  return event
end

-- Moves cents in or out of the balance; the caller has checked that it stays at or above zero.
local function pay(tag, user, amount)
  redis.call('HINCRBY', tag .. KEY.ACCOUNT .. user, 'balance', digits(amount))
end

-- The balance, nil when there is no such account.
local function balance_of(tag, user)
  return tonumber(redis.call('HGET', tag .. KEY.ACCOUNT .. user, 'balance') or nil)
end
