-- @include core.lua
-- @include tokens.lua
-- @include entries.lua
-- Stores a retry that is due later (`StateStore.park`). Whoever held it holds it no more.
--
-- KEYS[1]  the partition
-- ARGV[1]  token deadline now partition partitions · owner, entry, fence, delay_ms
-- ARGV[2]  the attempts so far   ARGV[3] what repeats of the id are answered, or ''
-- result   {'replaced'} {'parked', due_at}
return once(function()
  local entry = Entries.at(asked.entry)
  if not Entries.may_act(entry, asked.owner, asked.fence) then return { 'replaced' } end
  local due = now + asked.delay_ms
  Entries.set_status(entry, PARKED)
  Entries.disown(entry)
  if entry.due then Entries.set_due('a', entry.pos, entry._suffix, nil) end
  Entries.set_due('a', entry.pos, entry._suffix, due)
  change(entry, {
    status = PARKED, owner = false, fence = asked.fence + 1, due = due, attempts = ARGV[2],
    answer = ARGV[3] ~= '' and ARGV[3] or false,
  })
  return { 'parked', n2s(due) }
end)
