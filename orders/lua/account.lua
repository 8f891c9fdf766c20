-- Accounts: made, filled, read.

-- Makes an account with its first deposit. Once for ever, by itself: an account that is there is left alone.
-- keys: shard tag. args: user, cents.
-- answer: {balance, created}. event: account_opened.
local function open_account(keys, args)
  local tag, user = keys[1], args[1]
  local amount = whole(args[2], 0, LIMIT.NOTIONAL_CENTS_MAX)
  if not amount then
    return cjson.encode(refusal(CODE.AMOUNT_OUT_OF_RANGE))
  end
  local balance = balance_of(tag, user)
  if balance then
    return cjson.encode({ balance = digits(balance), created = '0' })
  end
  redis.call('HSET', tag .. KEY.ACCOUNT .. user, 'balance', digits(amount), 'seq', '0')
  local event = emit(tag, user, 'account_opened', { amount = digits(amount) })
  return cjson.encode({ balance = event.balance, created = '1' })
end

-- args: cents. answer and event: deposited.
local deposit = once(function(tag, user, args, request)
  local amount = whole(args[1], 1, LIMIT.NOTIONAL_CENTS_MAX)
  if not amount or balance_of(tag, user) + amount > LIMIT.BALANCE_CENTS_MAX then
    return refusal(CODE.AMOUNT_OUT_OF_RANGE)
  end
  pay(tag, user, amount)
  return emit(tag, user, 'deposited', { amount = digits(amount), request_id = request })
end)

-- One account as it stands, with the newest event of its shard: a consistent snapshot.
-- keys: shard tag. args: user.
-- answer: {user_id, balance, seq, last_event_id, positions: in the order they were opened}.
local function read_account(keys, args)
  local tag, user = keys[1], args[1]
  local account = fields_of(tag .. KEY.ACCOUNT .. user)
  if not account then
    return cjson.encode(refusal(CODE.ACCOUNT_UNKNOWN))
  end
  local positions = {}
  for _, order in ipairs(redis.call('ZRANGE', tag .. KEY.POSITIONS .. user, 0, -1)) do
    positions[#positions + 1] = fields_of(tag .. KEY.POSITION .. order)
  end
  local newest = redis.call('XREVRANGE', tag .. KEY.EVENTS, '+', '-', 'COUNT', 1)
  return cjson.encode({
    user_id = user,
    balance = account.balance,
    seq = account.seq,
    last_event_id = newest[1] and newest[1][1] or '0-0',
    positions = positions,
  })
end
