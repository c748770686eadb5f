-- @include counts.lua
-- @include lanes.lua
-- The journal of ids, and the open work of those that are not settled.
-- Keys: e:<entry>, a hash: seq ns tn sp id body try fence at [settled outcome again] [sent] [dl] of the id, and of its
-- open work pos status [owner] [due] [lane lk] takeovers ikey [holds] [answer] gates attempts context origin plan action
-- provider atype [sc own_id]. `sp` is `c` (a caller's) or `d` (derived); `action` is left out when it is `sent`.
-- Sorted sets: open (by position), own:<owner> (by position), due (see below), settled (by instant). A set: owners.
local Entries = {}
local RUNNING, QUEUED, PARKED, SCHEDULED = '0', '1', '2', '3'
local COUNTED = { ['0'] = 'running', ['1'] = 'queued', ['2'] = 'parked', ['3'] = 'scheduled' }
local WORK = {
  'pos', 'status', 'owner', 'due', 'lane', 'lk', 'takeovers', 'ikey', 'holds', 'answer', 'gates', 'attempts', 'context',
  'origin', 'plan', 'action', 'provider', 'atype', 'sc', 'own_id',
}

-- An id is known for its retention after its outcome, and for as long as its dead letter is kept.
function Entries.is_over(entry)
  return not entry.pos and entry.settled and not entry.dl and tonumber(entry.settled) + asked.retention <= now
end

function Entries.at(suffix)
  local entry = row_at(key('e', suffix))
  if entry then entry._suffix = suffix end
  return entry
end

-- The entry of a key; or nil, and what lies there and must go before the key gets another.
function Entries.find(suffix)
  local entry = Entries.at(suffix)
  if entry and Entries.is_over(entry) then return nil, entry end
  return entry, nil
end

function Entries.remove(suffix)
  call('DEL', key('e', suffix))
  call('ZREM', base .. ':settled', suffix)
end

-- Whether an owner may act for open work under a fence. `owner` nil: it must have none.
function Entries.may_act(entry, owner, fence)
  if not entry or not entry.pos or tonumber(entry.fence) ~= fence then return false end
  return entry.owner == (owner and n2s(owner) or nil)
end

-- A new entry; it is written with its work, or with its outcome.
function Entries.new(suffix, of, space, id, body, sent)
  local entry = { _key = key('e', suffix), _suffix = suffix }
  prepare(entry, {
    seq = next_seq(), ns = of.ns, tn = of.tn, sp = space, id = id, body = body, try = 1, fence = 0, at = now,
    sent = sent,
  })
  return entry
end

-- A key of ours that is not in the journal. Receivers would take a second use of one for a repetition.
function Entries.fresh_derived(scope, id)
  if call('EXISTS', key('e', 'd' .. scope .. ':' .. id)) == 1 then id = id .. '.' .. n2s(next_seq()) end
  return 'd' .. scope .. ':' .. id, id
end

-- What is due: sorted set due, by instant, of a<position>:<entry>, b<id>:<group>, c<id>:<event>.
function Entries.due_member(kind, id, suffix) return kind .. string.format('%016.0f', tonumber(id)) .. ':' .. suffix end
function Entries.set_due(kind, id, suffix, at)
  local member = Entries.due_member(kind, id, suffix)
  if at then call('ZADD', base .. ':due', n2s(at), member) else call('ZREM', base .. ':due', member) end
end

function Entries.own(entry, owner)
  call('ZADD', key('own', n2s(owner)), entry.pos, entry._suffix)
  call('SADD', base .. ':owners', n2s(owner))
end
function Entries.disown(entry)
  if not entry.owner then return end
  call('ZREM', key('own', entry.owner), entry._suffix)
  if call('EXISTS', key('own', entry.owner)) == 0 then call('SREM', base .. ':owners', entry.owner) end
end

-- Enters open work. `work`: status, owner or nil, fence, due, lane, lk, takeovers, ikey, holds, gates, context, origin,
-- plan, action, provider, atype, sc, own_id.
function Entries.open_work(entry, work)
  local pos = next_seq()
  change(entry, {
    pos = pos, status = work.status, owner = work.owner or false, fence = work.fence, due = work.due or false,
    lane = work.lane or false, lk = work.lk or false, takeovers = work.takeovers or 0, ikey = work.ikey,
    holds = work.holds or false, answer = false, gates = work.gates or '[]', attempts = '[]', context = work.context,
    origin = work.origin, plan = work.plan, action = work.action ~= entry.sent and work.action or false,
    provider = work.provider, atype = work.atype, sc = work.sc or false, own_id = work.own_id or false,
  })
  call('ZADD', base .. ':open', n2s(pos), entry._suffix)
  if work.owner then Entries.own(entry, work.owner) end
  if work.due then Entries.set_due('a', pos, entry._suffix, work.due) end
  if work.lk then Lanes.enter(work.lk, pos, entry._suffix) end
  Counts.add(COUNTED[work.status], entry.tn, 1)
end

function Entries.remove_work(entry)
  call('ZREM', base .. ':open', entry._suffix)
  Entries.disown(entry)
  if entry.due then Entries.set_due('a', entry.pos, entry._suffix, nil) end
  if entry.lk then Lanes.leave(entry.lk, entry._suffix) end
  Counts.add(COUNTED[entry.status], entry.tn, -1)
  local gone = {}
  for _, name in ipairs(WORK) do gone[name] = false end
  change(entry, gone)
end

-- Gives an entry its outcome. `again`: it asks to be tried again.
function Entries.settle(entry, outcome, again)
  change(entry, { settled = now, outcome = outcome, again = again and '1' or false })
  if not entry.pos then call('ZADD', base .. ':settled', n2s(now), entry._suffix) end
end

function Entries.set_status(entry, status)
  if entry.status == status then return end
  Counts.add(COUNTED[entry.status], entry.tn, -1)
  Counts.add(COUNTED[status], entry.tn, 1)
end

-- Makes waiting or abandoned work the owner's own, under a higher fence; its row.
function Entries.take(entry, owner, takeovers)
  Entries.set_status(entry, RUNNING)
  Entries.disown(entry)
  if entry.due then Entries.set_due('a', entry.pos, entry._suffix, nil) end
  change(entry, {
    status = RUNNING, owner = owner, fence = tonumber(entry.fence) + 1, due = false, takeovers = takeovers or entry.takeovers,
  })
  Entries.own(entry, owner)
  return call('HGETALL', entry._key)
end

-- Gives a lane's next one to the owner, when its head is waiting for that; a list of its row, or an empty one.
function Entries.advance_lane(lane, owner)
  local head = lane and call('ZRANGE', key('l', lane), 0, 0)[1]
  if not head then return {} end
  local entry = Entries.at(head)
  if entry.status ~= QUEUED then return {} end
  return { Entries.take(entry, owner) }
end
