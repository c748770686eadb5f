-- @include core.lua
-- @include tokens.lua
-- @include leases.lua
-- @include entries.lua
-- @include letters.lua
-- @include gates.lua
-- Opens the next try of what failed for good (`StateStore.redeliver`). It takes its keys again, and no place in a window.
--
-- KEYS[1]  the partition
-- ARGV[1]  token deadline now partition partitions · owner, letter (hash of its id), version, force, ikey
-- ARGV[2]  the context
-- result   {'not_owner'} {'conflict', version or ''} {'superseded'} {'held', holder} {'queued', try, fence}
--          {'deliver', row}

-- The reservations of a stored plan.
local function reservations_of(plan)
  local gates, seen = {}, {}
  for _, gate in ipairs(cjson.decode(plan).gates) do
    if gate.kind == 'reservation' then
      gate.keep = gate.on_failure == 'keep'
      if not seen[gate.key] then gates[#gates + 1] = gate end
      seen[gate.key] = true
    end
  end
  return gates
end

-- Of the partition where the letter is not, nothing is remembered.
if call('EXISTS', key('d', asked.letter)) == 0 and call('EXISTS', key('t', asked.token)) == 0 then
  if asked.deadline < now then return { 'late', n2s(now - asked.deadline) } end
  return { Leases.holds(asked.owner) and 'conflict' or 'not_owner', '' }
end
return once(function()
  if not Leases.holds(asked.owner) then return { 'not_owner' } end
  local letter = Letters.at(asked.letter)
  if not letter then return { 'conflict', '' } end
  if tonumber(letter.version) ~= asked.version then return { 'conflict', letter.version } end
  if letter.lk and Lanes.overtaken(letter.lk, letter.lpos) then return { 'superseded' } end
  local entry = Entries.at(letter.es)
  local readings, refusing = Gates.check(reservations_of(letter.plan), entry.seq, true)
  if refusing and not asked.force then return { 'held', refusing.holder } end

  Letters.remove(letter)
  entry.dl = nil
  call('ZREM', base .. ':settled', entry._suffix)
  change(entry, { try = tonumber(entry.try) + 1, at = now, settled = false, outcome = false, again = false })
  local is_queued = letter.lk ~= nil and Lanes.is_taken(letter.lk)
  Entries.open_work(entry, {
    status = is_queued and QUEUED or RUNNING, owner = not is_queued and asked.owner or nil,
    fence = tonumber(entry.fence) + 1, lane = letter.lane, lk = letter.lk, ikey = asked.ikey,
    holds = Gates.holds_text(Gates.take(readings, entry)), gates = Gates.traces(readings), context = ARGV[2], origin = letter.origin,
    plan = letter.plan, action = letter.action, provider = letter.provider, atype = letter.atype,
  })
  if is_queued then return { 'queued', entry.try, entry.fence } end
  return { 'deliver', call('HGETALL', entry._key) }
end)
