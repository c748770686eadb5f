-- @include core.lua
-- @include leases.lua
-- Open work of owners whose lease has run out: what `resume` may take over. Writes nothing.
--
-- KEYS[1]  the partition
-- ARGV[1]  deadline now · owner (of who asks), limit
-- result   {'late', ms} or {'found', {owner, {position, entry, …}}, …}: each owner's oldest, at most `limit`
if asked.deadline < now then return { 'late', n2s(now - asked.deadline) } end
local found = { 'found' }
if not Leases.holds(asked.owner) then return found end
for _, owner in ipairs(call('SMEMBERS', base .. ':owners')) do
  if not Leases.holds(owner) then
    local flat, work = call('ZRANGE', key('own', owner), 0, asked.limit - 1, 'WITHSCORES'), {}
    for i = 1, #flat, 2 do
      work[i] = n2s(tonumber(flat[i + 1]))
      work[i + 1] = flat[i]
    end
    found[#found + 1] = { owner, work }
  end
end
return found
