-- @include core.lua
-- @include tokens.lua
-- @include groups.lua
-- Seals by hand what a group has collected (`StateStore.flush`): of groups of one public name the newest where anybody
-- waits.
--
-- KEYS[1]  the partition
-- ARGV[1]  token deadline now partition partitions · owner, ns, tn, gname (hash of the public name)
-- result   {'nothing'} {'sealed', the group's row as it was, the row of what was sealed}
return once(function()
  for _, suffix in ipairs(call('ZREVRANGE', key('gn', asked.gname), 0, -1)) do
    local group = Groups.at(suffix)
    if group.ns == asked.ns and group.tn == asked.tn and tonumber(group.count) > 0 then
      local seen = call('HGETALL', group._key)
      return { 'sealed', seen, Groups.seal(group, 'manual', asked.owner) }
    end
  end
  return { 'nothing' }
end)
