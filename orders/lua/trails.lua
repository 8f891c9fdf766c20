-- Trailing stops: the index that moves them with the price.
--
-- A peak is the best closing price since its stop was set. So in the order in which they were set, peaks never get
-- better, and equal ones are neighbours: a group. A new best price only passes the newest groups, and makes one of
-- them. (Design, section 4.)
--
-- A group is made of runs: stops set one after another at one price. What is moved when groups become one is not stops
-- but runs, those of the smaller groups into the largest, so a run is moved log(n) times at most, however long the
-- market rises.

-- Where a trailing stop with this peak fires.
local function trailing_price(position)
  return position.trailing_peak - sign_of(position.side) * position.trailing_distance
end

-- Of an index of first sequence numbers the entry that a number belongs to.
local function holder_of(key, seq)
  return redis.call('ZREVRANGEBYSCORE', key, digits(seq), '-inf', 'LIMIT', '0', '1')[1]
end

local function peak_of(index, group)
  return tonumber(redis.call('ZSCORE', index.peaks, group))
end

local function forget_groups(index, groups)
  local marks = {}
  for i, group in ipairs(groups) do
    marks[i] = GROUP .. group
  end
  redis.call('ZREM', index.groups, unpack(groups))
  redis.call('ZREM', index.peaks, unpack(groups))
  redis.call('ZREM', index.stop, unpack(marks))
end

-- Notes where a group's nearest stop is; forgets a group without one.
local function refresh_group(index, group, peak)
  local nearest = redis.call('ZRANGE', index.nearest .. group, '0', '0', 'WITHSCORES')
  if nearest[2] then
    redis.call('ZADD', index.stop, digits(index.sign * (peak - tonumber(nearest[2]))), GROUP .. group)
  else
    forget_groups(index, { group })
  end
end

-- Notes the smallest distance of a run, and what follows for its group; forgets a run without members.
local function refresh_run(index, run, group)
  local nearest = redis.call('ZRANGE', index.members .. run, '0', '0', 'WITHSCORES')
  if nearest[2] then
    redis.call('ZADD', index.nearest .. group, nearest[2], run)
  else
    redis.call('ZREM', index.nearest .. group, run)
    redis.call('ZREM', index.runs, run)
  end
  refresh_group(index, group, peak_of(index, group))
end

-- Takes a position with a trailing stop into the newest group, or makes one when the newest has a better peak.
local function join_newest(index, position, seq)
  local peak = index.sign * position.trailing_peak
  local group = redis.call('ZRANGE', index.groups, '-1', '-1')[1]
  local run = redis.call('ZRANGE', index.runs, '-1', '-1')[1]
  local newest = group and peak_of(index, group)
  assert(not newest or peak <= newest, 'a trailing stop was set at a price that others have not followed to')
  if peak ~= newest then
    group, run = digits(seq), digits(seq)
    redis.call('ZADD', index.groups, group, group)
    redis.call('ZADD', index.peaks, digits(peak), group)
    redis.call('ZADD', index.runs, run, run)
  end
  redis.call('ZADD', index.members .. run, digits(position.trailing_distance), position.order_id)
  refresh_run(index, run, group)
end

-- Lets the position's trailing stop follow from its peak on, which is the current closing price.
local function follow(position)
  local index = position.market[position.side]
  position.trailing_seq = redis.call('INCR', index.count)
  join_newest(index, position, position.trailing_seq)
end

local function unfollow(position)
  if not position.trailing_seq then
    return
  end
  local index = position.market[position.side]
  local run = holder_of(index.runs, position.trailing_seq)
  redis.call('ZREM', index.members .. run, position.order_id)
  refresh_run(index, run, holder_of(index.groups, position.trailing_seq))
end

-- The peak of a position's trailing stop as it is now.
local function read_peak(position)
  local index = position.market[position.side]
  return index.sign * peak_of(index, holder_of(index.groups, position.trailing_seq))
end

-- The newest groups, at most `most`, and the place of the largest among them.
local function newest_groups(index, most)
  local groups, largest = {}, 1
  local newest = redis.call('ZREVRANGE', index.groups, '0', digits(most - 1), 'WITHSCORES')
  for i = 1, #newest, 2 do
    local group = { name = newest[i], first = tonumber(newest[i + 1]) }
    group.size = redis.call('ZCARD', index.nearest .. group.name)
    groups[#groups + 1] = group
    if group.size > groups[largest].size then
      largest = #groups
    end
  end
  return groups, largest
end

-- Moves at most `room` runs of a group into another; returns how many.
local function move_runs(index, from, into, room)
  local runs = redis.call('ZPOPMIN', index.nearest .. from, digits(room))
  local scored = {}
  for i = 1, #runs, 2 do
    scored[i], scored[i + 1] = runs[i + 1], runs[i]
  end
  if #scored > 0 then
    redis.call('ZADD', index.nearest .. into, unpack(scored))
  end
  return #runs / 2
end

-- Makes one group of those whose peak a closing price (multiplied by the sign) has reached, with that price for its
-- peak; they are the newest ones. room: how many runs may be moved. Returns whether it is done; until then nothing but
-- another call of this may rely on that side's index.
local function merge_reached(index, best, room)
  -- Those that have that very peak are among them: they may be groups that an earlier call was moving runs into.
  local reached = redis.call('ZCOUNT', index.peaks, '-inf', digits(best))
  if reached == 0 then
    return true
  end
  -- Looking at a group costs about as much as moving a run.
  local groups, largest = newest_groups(index, math.min(reached, math.max(2, room)))
  local into, emptied = groups[largest], {}
  for i, group in ipairs(groups) do
    if i ~= largest and room > 0 then
      local moved = move_runs(index, group.name, into.name, math.min(group.size, room))
      room = room - moved
      if moved == group.size then
        emptied[#emptied + 1] = group.name
        into.first = math.min(into.first, group.first)
      end
    end
  end
  if #emptied > 0 then
    forget_groups(index, emptied)
  end
  redis.call('ZADD', index.groups, digits(into.first), into.name)
  redis.call('ZADD', index.peaks, digits(best), into.name)
  refresh_group(index, into.name, best)
  return reached - #emptied == 1
end

-- Lets one side's trailing stops follow to a closing price. is_resumed: an earlier call may have left groups half
-- moved. Returns whether it is done, and whether anything changed.
local function advance_side(index, closing, is_resumed)
  local best = index.sign * closing
  if not is_resumed and redis.call('ZCOUNT', index.peaks, '-inf', '(' .. digits(best)) == 0 then
    return true, false
  end
  return merge_reached(index, best, LIMIT.TRAILS_MOVED_MAX), true
end
