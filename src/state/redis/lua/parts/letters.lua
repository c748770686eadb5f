-- @include entries.lua
-- Dead letters: what failed for good, whole.
-- Keys: d:<hash of its id>, a hash: pos id es (its entry) ns tn sp aid provider atype code error at version try fence
-- [lane lk lpos] n last attempts context origin plan action. A sorted set by position: letters. The entry names its
-- letter in `dl`.
local Letters = {}
function Letters.at(id_hash)
  local letter = row_at(key('d', id_hash))
  if letter then letter._hash = id_hash end
  return letter
end

-- Keeps open work as a dead letter, in the step that settles it.
function Letters.insert(id_hash, letter, entry, duplicates, last)
  local pos = next_seq()
  change({ _key = key('d', id_hash) }, {
    pos = pos, id = letter.id, es = entry._suffix, ns = entry.ns, tn = entry.tn, sp = entry.sp, aid = entry.id,
    provider = entry.provider, atype = entry.atype, code = letter.code, error = letter.error, at = now, version = 1,
    try = entry.try, fence = entry.fence, lane = entry.lane, lk = entry.lk, lpos = entry.pos, n = duplicates,
    last = last, attempts = letter.attempts, context = entry.context, origin = entry.origin, plan = entry.plan,
    action = entry.action or entry.sent,
  })
  call('ZADD', base .. ':letters', n2s(pos), id_hash)
  change(entry, { dl = id_hash })
  if entry.lk then Lanes.count_letter(entry.lk, 1) end
  Counts.add('dead_letters', entry.tn, 1)
end

function Letters.remove(letter)
  call('DEL', letter._key)
  call('ZREM', base .. ':letters', letter._hash)
  Counts.add('dead_letters', letter.tn, -1)
  if letter.lk then Lanes.count_letter(letter.lk, -1) end
  local entry = Entries.at(letter.es)
  if not entry or entry.dl ~= letter._hash then return end
  change(entry, { dl = false })
  if entry.settled and not entry.pos then call('ZADD', base .. ':settled', entry.settled, entry._suffix) end
end
