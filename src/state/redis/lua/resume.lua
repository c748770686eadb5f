-- @include core.lua
-- @include tokens.lua
-- @include leases.lua
-- @include entries.lua
-- Takes over open work that was found abandoned (`StateStore.resume`), if it still is.
--
-- KEYS[1]  the partition
-- ARGV[1]  token deadline now partition partitions · owner, entries (chosen from abandoned.lua)
-- result   {'taken', row, …}: in the order asked for; an empty row where another was faster
return once(function()
  local taken = { 'taken' }
  local is_alive = Leases.holds(asked.owner)
  for i, suffix in ipairs(asked.entries) do
    local entry = is_alive and Entries.at(suffix) or nil
    if entry and entry.owner and not Leases.holds(entry.owner) then
      taken[i + 1] = Entries.take(entry, asked.owner, tonumber(entry.takeovers) + 1)
    else taken[i + 1] = {} end
  end
  return taken
end)
