-- @include core.lua
-- @include json.lua
-- @include tokens.lua
-- Writes a small named value if it still is at a version (`StateStore.casRecord`).
-- Keys: r:<kind>, a hash of name → JSON {version, at, value}; rn:<kind>, the names in order.
--
-- KEYS[1]  what is global
-- ARGV[1]  token deadline now · kind, name, version, removes
-- ARGV[2]  the value
-- result   {'conflict', version or ''} {'written', version, now}
return once(function()
  local k = key('r', asked.kind)
  local known = call('HGET', k, asked.name)
  local version = known and tonumber(known:match('^{"version":(%d+)')) or nil
  if (version or 0) ~= asked.version then return { 'conflict', version and n2s(version) or '' } end
  if asked.removes then
    call('HDEL', k, asked.name)
    call('ZREM', key('rn', asked.kind), asked.name)
  else
    call('HSET', k, asked.name, obj('version', n2s(asked.version + 1), 'at', n2s(now), 'value', ARGV[2]))
    call('ZADD', key('rn', asked.kind), 0, asked.name)
  end
  return { 'written', n2s(asked.version + 1), n2s(now) }
end)
