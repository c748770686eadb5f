-- @include core.lua
-- @include leases.lua
-- The earliest jobs of a partition: what `due` may run. Writes nothing.
--
-- KEYS[1]  the partition
-- ARGV[1]  deadline now · owner, limit
-- result   {'late', ms} or {'found', now, '1' or '0' (whether the owner's lease holds), {member, due, …}}: at most
--          `limit` in due order, and always the earliest
if asked.deadline < now then return { 'late', n2s(now - asked.deadline) } end
local is_alive = Leases.holds(asked.owner)
local jobs = call('ZRANGE', base .. ':due', 0, 0, 'WITHSCORES')
if is_alive and jobs[2] and tonumber(jobs[2]) <= now then
  jobs = call('ZRANGE', base .. ':due', 0, asked.limit - 1, 'WITHSCORES')
end
return { 'found', n2s(now), is_alive and '1' or '0', jobs }
