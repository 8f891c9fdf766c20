-- Ending positions: by hand, in part, or by a tick.

-- What closing a position at a price brings. A position never costs more than its margin: what is missing is the
-- house's shortfall.
local function settlement(position, price, terms)
  local gain = gain_at(position, price)
  local left = position.margin + gain
  local fee = math.min(fee_on(position.margin, terms), math.max(0, left))
  local shortfall = math.max(0, -left)
  return { pnl = gain + shortfall, fee = fee, credit = math.max(0, left - fee), shortfall = shortfall }
end

-- Pays out a position at a price and tells it. extra: text fields of the event (request id, receipt, parent).
local function settle(tag, position, price, reason, terms, extra)
  local settled = settlement(position, price, terms)
  pay(tag, position.user_id, settled.credit)
  earn(tag, FEES, settled.fee)
  earn(tag, TRADING, settled.shortfall - settled.pnl)
  earn(tag, SHORTFALL, settled.shortfall)
  local text = position_text(position)
  for name, value in pairs(extra) do
    text[name] = value
  end
  for name, value in pairs(settled) do
    text[name] = digits(value)
  end
  text.close_price, text.closed_at_ms, text.reason = digits(price), digits(now_ms()), reason
  return emit(tag, position.user_id, 'closed', text)
end

-- The position a command names, its terms and the price it would close at, or a refusal.
local function closable(tag, user, order)
  local position = read_position(tag, order, user)
  if not position then
    return nil, refusal(CODE.ORDER_UNKNOWN)
  end
  local terms = read_terms(position.market)
  local price, unpriced = fresh_price(position.market, terms)
  if not price then
    return nil, refusal(unpriced)
  end
  return { position = position, terms = terms, price = closing_price(position, price) }
end

-- Ends a position by hand. found: as `closable` gives it.
local function close_found(tag, found, request)
  remove_position(tag, found.position)
  return settle(tag, found.position, found.price, REASON.MANUAL, found.terms, { request_id = request })
end

-- args: order id. answer and event: closed.
local close = once(function(tag, user, args, request)
  local found, refused = closable(tag, user, args[1])
  if not found then
    return refused
  end
  return close_found(tag, found, request)
end)

-- Closes every position of the account, oldest first, or those in one asset ('' for all).
-- args: asset. answer: {closed, failed: [{order_id, refused}]}. events: closed.
local close_all = once(function(tag, user, args, request)
  local closed, failed = {}, {}
  for _, order in ipairs(orders_of(tag, user)) do
    local found, refused = closable(tag, user, order)
    local asset = found and found.position.asset or redis.call('HGET', tag .. KEY.POSITION .. order, 'asset')
    if args[1] == '' or args[1] == asset then
      if found then
        closed[#closed + 1] = close_found(tag, found, request)
      else
        failed[#failed + 1] = { order_id = order, refused = refused.refused }
      end
    end
  end
  -- Where nothing could be closed for now, a retry should try again.
  return { closed = closed, failed = failed }, #closed == 0 and #failed > 0
end)

-- Takes k percent of a position out as one of its own; what rounding leaves stays with the rest.
-- args: order id, percentage 1..99, id of the closed part.
-- answer: {closed, rest}. events: closed (the part), reduced (the rest).
local partial_close = once(function(tag, user, args, request)
  local percentage = whole(args[2], 1, 99)
  if not percentage then
    return refusal(CODE.PERCENTAGE_OUT_OF_RANGE)
  end
  local found, refused = closable(tag, user, args[1])
  if not found then
    return refused
  end
  local rest, part = found.position, merged(found.position)
  part.order_id = args[3]
  for _, name in ipairs({ 'margin', 'added_margin', 'notional', 'opening_fee' }) do
    part[name] = share(rest[name], percentage, 100)
    rest[name] = rest[name] - part[name]
  end
  if part.margin < 1 or part.notional < 1 then
    return refusal(CODE.TOO_SMALL)
  end
  rest.liquidation_price = liquidation_price(rest, found.terms)
  keep_floor(rest.market)
  store_position(tag, rest)
  expose(tag, part, -part.notional)
  local closed = settle(tag, part, found.price, REASON.PARTIAL_CLOSE, found.terms, {
    request_id = request, parent_order_id = rest.order_id,
  })
  local reduced = emit(tag, user, 'reduced', merged(position_text(rest), { request_id = request }))
  return { closed = closed, rest = reduced }
end)
