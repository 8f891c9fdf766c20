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

-- An operator's correction, either way: the request's id says whose, and why.
-- args: cents, below zero where they are taken. answer and event: adjusted.
local adjust = once(function(tag, user, args, request)
  local amount = whole(args[1], -LIMIT.NOTIONAL_CENTS_MAX, LIMIT.NOTIONAL_CENTS_MAX)
  local balance = balance_of(tag, user)
  if not amount or amount == 0 or balance + amount > LIMIT.BALANCE_CENTS_MAX then
    return refusal(CODE.AMOUNT_OUT_OF_RANGE)
  end
  if balance + amount < 0 then
    return refusal(CODE.INSUFFICIENT_BALANCE, { needed = digits(-amount), balance = digits(balance) })
  end
  pay(tag, user, amount)
  return emit(tag, user, 'adjusted', { amount = digits(amount), request_id = request })
end)

-- An account as it stands, nil when there is none. Its positions are in the order they were opened.
local function account_text(tag, user)
  local account = fields_of(tag .. KEY.ACCOUNT .. user)
  if not account then
    return nil
  end
  local positions = {}
  for i, order in ipairs(orders_of(tag, user)) do
    positions[i] = position_text(read_position(tag, order))
  end
  return { user_id = user, balance = account.balance, seq = account.seq, positions = positions }
end

-- One account, with the newest event of its shard.
-- keys: shard tag. args: user.
-- answer: {user_id, balance, seq, positions, last_event_id}.
local function read_account(keys, args)
  local account = account_text(keys[1], args[1])
  if not account then
    return cjson.encode(refusal(CODE.ACCOUNT_UNKNOWN))
  end
  account.last_event_id = newest_event(keys[1])
  return cjson.encode(account)
end
