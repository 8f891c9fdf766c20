-- The library's functions. Names are global across a server's libraries, hence the prefix. Written out one by
-- one: while a library loads, the server gives it no `pairs`.

local function writes(name, callback)
  redis.register_function({ function_name = PREFIX .. name, callback = callback })
end

local function reads(name, callback)
  redis.register_function({ function_name = PREFIX .. name, callback = callback, flags = { 'no-writes' } })
end

writes('open_account', open_account)
writes('deposit', deposit)
writes('reset', reset)
writes('open', open)
writes('close', close)
writes('close_all', close_all)
writes('partial_close', partial_close)
writes('modify', modify)
writes('add_margin', add_margin)
writes('apply_tick', apply_tick)
writes('restore_account', restore_account)
writes('restore_trailing', restore_trailing)
reads('preview', preview)
reads('read_account', read_account)
reads('snapshot', snapshot)
reads('read_quotes', read_quotes)
reads('version', function() return VERSION end)
