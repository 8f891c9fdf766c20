-- Starting a demo account over.

-- Closes every position at the current prices, oldest first, and sets the balance; or, where one can't be closed,
-- does nothing.
-- args: the new balance in cents. answer: {closed, reset}. events: closed (each position), reset (amount: by how much
-- the balance changed).
local reset = once(function(tag, user, args, request)
  local amount = whole(args[1], 0, LIMIT.NOTIONAL_CENTS_MAX)
  if not amount then
    return refusal(CODE.AMOUNT_OUT_OF_RANGE)
  end
  local ending, balance = {}, balance_of(tag, user)
  for i, order in ipairs(orders_of(tag, user)) do
    local found, refused = closable(tag, user, order)
    if not found then
      return refused
    end
    ending[i] = found
    balance = balance + settlement(found.position, found.price, found.terms).credit
  end
  -- Past this the difference would not be exact.
  if balance > LIMIT.BALANCE_CENTS_MAX then
    return refusal(CODE.BALANCE_TOO_LARGE, { balance = digits(balance) })
  end
  local closed = {}
  for i, found in ipairs(ending) do
    closed[i] = close_found(tag, found, request)
  end
  pay(tag, user, amount - balance)
  return {
    closed = closed, reset = emit(tag, user, 'reset', { amount = digits(amount - balance), request_id = request }),
  }
end)
