-- Text in and out of Redis. Every number is written with all its digits: tostring would make 1e+15 of a balance.

local function digits(number)
  return string.format('%d', number)
end

-- An argument as a whole number within bounds, else nil.
local function whole(argument, least, most)
  local number = tonumber(argument)
  if not number or number % 1 ~= 0 or number < least or number > most then
    return nil
  end
  return number
end

-- HGETALL's flat list as a table, nil when the key isn't there.
local function fields_of(key)
  local flat = redis.call('HGETALL', key)
  if #flat == 0 then
    return nil
  end
  local fields = {}
  for i = 1, #flat, 2 do
    fields[flat[i]] = flat[i + 1]
  end
  return fields
end

-- A table as HSET's and XADD's flat list.
local function flattened(fields)
  local flat = {}
  for name, value in pairs(fields) do
    flat[#flat + 1] = name
    flat[#flat + 1] = value
  end
  return flat
end

local function merged(...)
  local all = {}
  for _, fields in ipairs({ ... }) do
    for name, value in pairs(fields) do
      all[name] = value
    end
  end
  return all
end

-- A refusal changes nothing. details: text fields that let the caller explain it.
local function refusal(code, details)
  return merged(details or {}, { refused = code })
end

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
