-- The library's functions. Names are global across a server's libraries, hence the prefix. Written out one by
-- one: while a library loads, the server gives it no `pairs`.

local function writes(name, callback)
  redis.register_function({ function_name = PREFIX .. name, callback = callback })
end

local function reads(name, callback)
  redis.register_function({ function_name = PREFIX .. name, callback = callback, flags = { 'no-writes' } })
end

-- Trading, and what it is about: refused until the state is proven whole.
writes('open_account', gated(open_account))
writes('deposit', gated(deposit))
writes('adjust', gated(adjust))
writes('reset', gated(counting(reset)))
writes('open', gated(counting(open)))
writes('close', gated(counting(close)))
writes('close_all', gated(counting(close_all)))
writes('partial_close', gated(counting(partial_close)))
writes('modify', gated(modify))
writes('add_margin', gated(counting(add_margin)))
reads('preview', gated(preview))
reads('read_account', gated(read_account))
reads('snapshot', gated(snapshot))
-- It looks at the gate by itself, where it can't tell a quicker way.
writes('apply_tick', counting(apply_tick))
reads('read_quotes', read_quotes)
reads('read_house', read_house)

-- What opens the gate, and what must work before.
writes('begin_epoch', begin_epoch)
writes('prove', prove)
writes('begin_house', begin_house)
writes('begin_restore', begin_restore)
writes('restore_account', counting(restore_account))
writes('restore_house', restore_house)
writes('restore_trailing', restore_trailing)
writes('end_restore', end_restore)
writes('take_lease', take_lease)
writes('release_lease', release_lease)
writes('raise_fence', raise_fence)
reads('read_state', read_state)
reads('version', function() return VERSION end)
