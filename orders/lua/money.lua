-- Integer money arithmetic. Lua's numbers are doubles, exact to 2^53; nothing here leaves that range.

-- a*b/c truncated toward zero, exact while |a| + c < 2^38, |b| < 2^45 and the result < 2^53.
-- b goes in by 15-bit limbs from the top, so that no product passes 2^53 (design, section 2).
local function mul_div(a, b, c)
  local negative = (a < 0) ~= (b < 0)
  a, b = math.abs(a), math.abs(b)
  local high = math.floor(b / 1073741824)
  local middle = math.floor(b / 32768) % 32768
  local low = b % 32768
  local quotient, rest = 0, 0
  for _, limb in ipairs({ high, middle, low }) do
    local partial = rest * 32768 + a * limb
    local whole = math.floor(partial / c)
    quotient = quotient * 32768 + whole
    rest = partial - whole * c
  end
  return negative and -quotient or quotient
end

local function share(amount, part, whole)
  return math.floor(amount * part / whole)
end

-- The fee of opening, adding to, or closing a margin.
local function fee_on(margin, terms)
  return share(margin, terms.fee_bps, 10000)
end

-- What a position has won at a price, as the rules say it, not capped at the margin.
local function gain_at(position, price)
  local gain = mul_div(position.notional, price - position.open_price, position.open_price)
  return position.side == 'long' and gain or -gain
end

-- 0 for a long whose margin covers its notional, LIMIT.PRICE_RAW_MAX + 1 for a short whose margin takes it beyond
-- every price: they can't be liquidated.
local function liquidation_price(position, terms)
  local cushion = share(position.margin, 100 - terms.stop_out_percent, 100)
  if position.side == 'long' then
    return math.max(0, mul_div(position.open_price, position.notional - cushion, position.notional))
  end
  local total = position.notional + cushion
  if position.open_price * (total / position.notional) > LIMIT.PRICE_RAW_MAX then
    return LIMIT.PRICE_RAW_MAX + 1
  end
  return mul_div(position.open_price, total, position.notional)
end
