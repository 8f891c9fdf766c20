"""The order state in Redis, and the only owner of its keys: a Lua function library and its typed client."""
