-- @include core.lua
-- @include tokens.lua
-- @include letters.lua
-- @include recording.lua
-- Replaces the plan of a dead letter, or removes the letter, with its record (`editDeadLetter`, `discardDeadLetter`).
--
-- KEYS[1]  the partition
-- ARGV[1]  token deadline now partition partitions unrecorded · letter (hash of its id), version, discard, provider, atype
-- ARGV[2]  the record's draft   ARGV[3] its decision   ARGV[4] the plan without its action   ARGV[5] its action
-- result   {'conflict', version or ''} {'done', row as it is now, or an empty one}

-- Of the partition where the letter is not, nothing is remembered.
if call('EXISTS', key('d', asked.letter)) == 0 and call('EXISTS', key('t', asked.token)) == 0 then
  if asked.deadline < now then return { 'late', n2s(now - asked.deadline) } end
  return { 'conflict', '' }
end
return once(function()
  local letter = Letters.at(asked.letter)
  if not letter then return { 'conflict', '' } end
  if tonumber(letter.version) ~= asked.version then return { 'conflict', letter.version } end
  if asked.discard then Letters.remove(letter)
  else
    change(letter, {
      version = asked.version + 1, plan = ARGV[4], action = ARGV[5], provider = asked.provider, atype = asked.atype,
    })
  end
  Recording.put(letter.tn, ARGV[2], ARGV[3])
  return { 'done', asked.discard and {} or call('HGETALL', letter._key) }
end)
