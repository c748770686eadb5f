-- @include core.lua
-- @include tokens.lua
-- @include counts.lua
-- Removes what a relay has written from the outbox (`StateStore.acknowledge`).
--
-- KEYS[1]  the partition
-- ARGV[1]  token deadline now partition partitions · positions
-- result   {'done'}
return once(function()
  local k = base .. ':out'
  for _, position in ipairs(asked.positions) do
    local id = position .. '-0'
    local found = call('XRANGE', k, id, id)[1]
    if found then
      local fields = found[2]
      for i = 1, #fields, 2 do
        if fields[i] == 'tn' then Counts.add('outbox', fields[i + 1], -1) end
      end
      call('XDEL', k, id)
    end
  end
  return { 'done' }
end)
