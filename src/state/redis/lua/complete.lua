-- @include core.lua
-- @include tokens.lua
-- @include entries.lua
-- @include letters.lua
-- @include reservations.lua
-- @include frames.lua
-- @include recording.lua
-- Settles open work (`StateStore.complete`): its outcome, its record, what it held, its dead letter, and the next of its
-- lane.
--
-- KEYS[1]  the partition
-- ARGV[1]  token deadline now partition partitions retention unrecorded · owner, entry, fence, unowned, again, releases
--          (a failure that releases what it held) · draft (see admit) · letter {hash id code error attempts} or absent
-- ARGV[2]  the outcome   ARGV[3] the same, redacted   ARGV[4] the same, as it is told   ARGV[5] the draft
-- result   {'replaced'} {'done', completed_at, {rows that follow}, duplicates, their last ids (JSON)}
return once(function()
  local entry = Entries.at(asked.entry)
  if not Entries.may_act(entry, not asked.unowned and asked.owner or nil, asked.fence) then return { 'replaced' } end
  local holds = Reservations.holds_of(entry)
  local duplicates, last = Reservations.duplicates_of(holds, entry.seq)
  local lane = entry.lk
  if asked.letter then Letters.insert(asked.letter.hash, asked.letter, entry, duplicates, last) end
  if asked.releases then Reservations.release(holds, entry.seq, entry.tn) end
  Entries.remove_work(entry)
  if asked.unowned then change(entry, { fence = asked.fence + 1 }) end
  Entries.settle(entry, ARGV[2], asked.again)
  Recording.put(entry.tn, ARGV[5], obj(
    'outcome', ARGV[3], 'dispatched_at', entry.at, 'completed_at', n2s(now), 'try', entry.try,
    'links', duplicates > 0 and obj('duplicates', obj('count', n2s(duplicates), 'last', last)) or nil
  ))
  Frames.announce(asked.draft, ARGV[4], tonumber(entry.at))
  return { 'done', n2s(now), Entries.advance_lane(lane, asked.owner), n2s(duplicates), last }
end)
