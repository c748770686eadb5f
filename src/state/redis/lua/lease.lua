-- @include core.lua
-- @include leases.lua
-- The lease of an incarnation in one partition: `join`, `renew`, `leave`. Asked again it gives the same answer, because
-- only joining can begin a lease, and only once.
--
-- KEYS[1]  the partition
-- ARGV[1]  deadline now partition partitions · owner, what
-- result   {'late', ms} {'expired', now} {'held', now, lease_until}
if asked.deadline < now then return { 'late', n2s(now - asked.deadline) } end
local k, owner = base .. ':leases', n2s(asked.owner)
local held_until = tonumber(call('HGET', k, owner))
if asked.what == 'join' and not held_until then held_until = now + LEASE_MS
elseif held_until and held_until > now then held_until = asked.what == 'leave' and now or now + LEASE_MS
else return { 'expired', n2s(now) } end
call('HSET', k, owner, n2s(held_until))
save_meta()
return { 'held', n2s(now), n2s(held_until) }
