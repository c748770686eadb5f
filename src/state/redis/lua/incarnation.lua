-- @include core.lua
-- @include json.lua
-- @include tokens.lua
-- What is told of nodes, and the numbers of their incarnations: `join`, `renew`, `leave`, once for all partitions.
-- Keys: nodes, a hash of owner → JSON of what is told.
--
-- KEYS[1]  what is global
-- ARGV[1]  token deadline now · what, node (join), owner (else), joined_at, lease_until
-- result   {'joined', owner, now} {'told', now}
local LEASE_MS = 15000
local k = base .. ':nodes'

return once(function()
  if asked.what == 'join' then
    -- By time, so that a number is not used again even where Redis has lost all it knew.
    local owner = math.max((tonumber(call('HGET', base, 'owner')) or 0) + 1, math.floor(now))
    call('HSET', base, 'owner', n2s(owner))
    call('HSET', k, owner, obj('node', str(asked.node), 'owner', n2s(owner), 'joined_at', n2s(now),
      'renewed_at', n2s(now), 'lease_until', n2s(now + LEASE_MS)))
    return { 'joined', n2s(owner), n2s(now) }
  end
  local known = call('HGET', k, n2s(asked.owner))
  local told = known and cjson.decode(known)
  if told and told.lease_until > now then
    local is_leaving = asked.what == 'leave'
    call('HSET', k, n2s(asked.owner), obj('node', str(told.node), 'owner', n2s(told.owner),
      'joined_at', n2s(told.joined_at), 'renewed_at', n2s(is_leaving and told.renewed_at or now),
      'lease_until', n2s(is_leaving and now or now + LEASE_MS)))
  end
  return { 'told', n2s(now) }
end)
