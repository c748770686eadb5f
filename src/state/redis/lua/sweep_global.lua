-- @include core.lua
-- @include tokens.lua
-- Removes what has expired of what is global, at most `limit` of each kind (`StateStore.sweep`).
--
-- KEYS[1]  what is global
-- ARGV[1]  token deadline now · limit
-- result   {'removed', how many}
local LISTED_MS = 3600000

return once(function()
  local removed = 0
  local flat = call('HGETALL', base .. ':nodes')
  for i = 1, #flat, 2 do
    if cjson.decode(flat[i + 1]).lease_until <= now - LISTED_MS and removed < asked.limit then
      call('HDEL', base .. ':nodes', flat[i])
      removed = removed + 1
    end
  end
  for _, name in ipairs(call('ZRANGEBYSCORE', base .. ':rates', '-inf', n2s(now), 'LIMIT', 0, asked.limit)) do
    call('ZREM', base .. ':rates', name)
    removed = removed + 1
  end
  return { 'removed', n2s(removed) }
end)
