-- Snapshots of accounts, and restoring them into an empty order state. Restoring tells nothing: what it brings back
-- was told when it happened. It begins and ends with a call of its own; until the end the shard is closed (gate.lua).

-- Some accounts as they stand, all at one moment, with the newest event of the shard.
-- keys: shard tag. args: users; whoever has no account is left out.
-- answer: {last_event_id, accounts: [{user_id, balance, seq, positions}]}.
local function snapshot(keys, args)
  local accounts = {}
  for _, user in ipairs(args) do
    accounts[#accounts + 1] = account_text(keys[1], user)
  end
  return cjson.encode({ last_event_id = newest_event(keys[1]), accounts = accounts })
end

local function is_restoring(tag)
  return redis.call('HGET', tag .. KEY.STATE, 'restoring') == '1'
end

-- Makes an empty shard ready for what a restore brings, in a new epoch.
-- keys: shard tag. args: epoch. answer: {epoch}, or state_unproven, and nothing changed: the shard isn't empty.
local function begin_restore(keys, args)
  local tag = keys[1]
  if redis.call('EXISTS', tag .. KEY.STATE, tag .. KEY.EVENTS) > 0 then
    return cjson.encode(refusal(CODE.STATE_UNPROVEN))
  end
  redis.call('HSET', tag .. KEY.STATE, 'epoch', args[1], 'restoring', '1')
  return cjson.encode({ epoch = args[1] })
end

-- Ends a restore. The newest event that is in it comes back into the stream: the next ones get greater ids.
-- keys: shard tag. args: the event's id, or nothing when there was none; its names and values.
-- answer: {last_event_id}, or state_unproven: no restore goes on.
local function end_restore(keys, args)
  local tag = keys[1]
  if not is_restoring(tag) then
    return cjson.encode(refusal(CODE.STATE_UNPROVEN))
  end
  if args[1] then
    redis.call('XADD', tag .. KEY.EVENTS, unpack(args))
  end
  redis.call('HSET', tag .. KEY.STATE, 'restoring', '0')
  return cjson.encode({ last_event_id = newest_event(tag) })
end

-- Brings back what the house has made.
-- keys: shard tag. args: fees, trading, shortfall, in cents. answer: {restored: '1'}, or state_unproven, or
-- snapshot_unreadable, and nothing changed.
local function restore_house(keys, args)
  local tag, made = keys[1], {}
  if not is_restoring(tag) then
    return cjson.encode(refusal(CODE.STATE_UNPROVEN))
  end
  for i, source in ipairs({ FEES, TRADING, SHORTFALL }) do
    local amount = whole(args[i], -LIMIT.TRADE_ID_MAX, LIMIT.TRADE_ID_MAX)
    if not amount then
      return cjson.encode(refusal(CODE.SNAPSHOT_UNREADABLE))
    end
    made[#made + 1], made[#made + 2] = source, digits(amount)
  end
  redis.call('HSET', tag .. KEY.HOUSE, unpack(made))
  return cjson.encode({ restored = '1' })
end

-- What was restored comes from before the newest tick: it must follow to the next one first.
local function forget_price(market)
  market.newest, market.jump = nil, nil
end

-- Fields of a position that can't be zero.
local POSITIVE = { 'margin', 'notional', 'leverage', 'open_price' }

-- Whether these fields can be a position's: known ones, in the ranges where its arithmetic is exact.
local function is_sound(position)
  for _, name in ipairs(POSITIVE) do
    if position[name] < 1 then
      return false
    end
  end
  local is_named = type(position.order_id) == 'string' and position.order_id ~= ''
  return is_named and position.market and (position.side == 'long' or position.side == 'short')
    and position.open_price <= LIMIT.PRICE_RAW_MAX and position.notional <= position.open_price * LIMIT.SIZE_MAX
    and position.notional <= LIMIT.NOTIONAL_CENTS_MAX and position.margin <= LIMIT.NOTIONAL_CENTS_MAX
    and position.added_margin <= position.margin and position.liquidation_price <= LIMIT.PRICE_RAW_MAX + 1
end

-- A position of a snapshot as the library holds it, without its trailing stop; nil when it can't be one.
local function restored_position(tag, user, fields)
  if type(fields) ~= 'table' then
    return nil
  end
  local position = {
    order_id = fields.order_id, user_id = user, asset = fields.asset, side = fields.side,
    market = type(fields.asset) == 'string' and market_of(tag, fields.asset),
  }
  for _, name in ipairs(NUMERIC) do
    position[name] = whole(fields[name], 0, LIMIT.TRADE_ID_MAX)
    if not position[name] then
      return nil
    end
  end
  for _, name in ipairs({ 'take_profit', 'stop_loss' }) do
    position[name] = asked_price(fields[name])
    if not position[name] and fields[name] ~= '' then
      return nil
    end
  end
  return is_sound(position) and position or nil
end

-- The positions of a snapshot's account, nil when one can't be, comes twice, or is there already.
local function restored_positions(tag, user, listed)
  local positions, seen = {}, {}
  for i, fields in ipairs(listed) do
    local position = restored_position(tag, user, fields)
    if not position or seen[position.order_id]
      or redis.call('EXISTS', tag .. KEY.POSITION .. position.order_id) == 1 then
      return nil
    end
    positions[i], seen[position.order_id] = position, true
  end
  return positions
end

-- Brings back an account that isn't there. Its trailing stops come after all accounts, by restore_trailing.
-- keys: shard tag. args: the account as JSON, as a snapshot tells it.
-- answer: {restored: '1'}, or a refusal that changes nothing: account_exists, snapshot_unreadable, state_unproven when no
-- restore goes on.
local function restore_account(keys, args)
  local tag = keys[1]
  if not is_restoring(tag) then
    return cjson.encode(refusal(CODE.STATE_UNPROVEN))
  end
  local is_json, account = pcall(cjson.decode, args[1])
  if not is_json or type(account) ~= 'table' or type(account.user_id) ~= 'string' then
    return cjson.encode(refusal(CODE.SNAPSHOT_UNREADABLE))
  end
  local user = account.user_id
  if redis.call('EXISTS', tag .. KEY.ACCOUNT .. user) == 1 then
    return cjson.encode(refusal(CODE.ACCOUNT_EXISTS))
  end
  local balance, seq = whole(account.balance, 0, LIMIT.TRADE_ID_MAX), whole(account.seq, 1, LIMIT.TRADE_ID_MAX)
  local positions = type(account.positions) == 'table' and restored_positions(tag, user, account.positions)
  if not balance or not seq or not positions or #positions > seq then
    return cjson.encode(refusal(CODE.SNAPSHOT_UNREADABLE))
  end
  redis.call('HSET', tag .. KEY.ACCOUNT .. user, 'balance', digits(balance), 'seq', digits(seq))
  for place, position in ipairs(positions) do
    add_position(tag, position, digits(place))
    forget_price(position.market)
  end
  return cjson.encode({ restored = '1' })
end

-- Brings back trailing stops of one asset and side. All of them have to come in the order of their peaks, the best
-- first: in that order the index holds them.
-- keys: shard tag. args: asset, side, then for each: order id, distance, peak (raw).
-- answer: {restored: how many}, or a refusal that changes nothing: snapshot_unreadable, state_unproven.
local function restore_trailing(keys, args)
  local tag, asset, side = keys[1], args[1], args[2]
  if not is_restoring(tag) then
    return cjson.encode(refusal(CODE.STATE_UNPROVEN))
  end
  local market, positions = market_of(tag, asset), {}
  local index = market and market[side]
  if not index then
    return cjson.encode(refusal(CODE.SNAPSHOT_UNREADABLE))
  end
  local newest = redis.call('ZRANGE', index.groups, -1, -1)[1]
  local last = newest and peak_of(index, newest) or math.huge
  local seen = {}
  for i = 3, #args, 3 do
    local position, peak = read_position(tag, args[i]), asked_price(args[i + 2])
    if not position or position.asset ~= asset or position.side ~= side or position.trailing_seq or seen[args[i]]
      or not peak or index.sign * peak > last or set_trailing(position, args[i + 1], peak) then
      return cjson.encode(refusal(CODE.SNAPSHOT_UNREADABLE))
    end
    positions[#positions + 1], last, seen[args[i]] = position, index.sign * peak, true
  end
  for _, position in ipairs(positions) do
    follow(position)
    store_position(tag, position)
  end
  forget_price(market)
  return cjson.encode({ restored = digits(#positions) })
end
