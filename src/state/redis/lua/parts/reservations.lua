-- @include counts.lua
-- Keys that are held by one action.
-- Keys: k:<gate key>, a hash: h (the holder's seq), hs (its entry), hid (its id), till, n, last (JSON), tn. Sorted sets
-- of gate keys by the instant at which to look whether they are over: kt:<tenant>; of tenants by their earliest: kts.
local Reservations = {}
local LAST_DUPLICATES = 10

function Reservations.at(gate_key) return row_at(key('k', gate_key)) end

-- A reservation outlives its time while its holder has no outcome, when that try began before its time was over.
function Reservations.held_beyond(row)
  local holder = call('HMGET', key('e', row.hs), 'seq', 'settled', 'at')
  return holder[1] == row.h and not holder[2] and tonumber(holder[3]) < tonumber(row.till)
end

-- The id of who holds a key against an entry (its seq, or nil for one that is new); nil: nobody.
function Reservations.held_by(row, entry_seq)
  if not row or row.h == entry_seq then return nil end
  if tonumber(row.till) > now or Reservations.held_beyond(row) then return row.hid end
  return nil
end

function Reservations.index(tenant, gate_key, at)
  call('ZADD', key('kt', tenant), n2s(at), gate_key)
  call('ZADD', base .. ':kts', 'LT', n2s(at), tenant)
end

function Reservations.reserve(gate, row, holder)
  local is_own = row and row.h == holder.seq
  local fresh = row or { _key = key('k', gate.key) }
  local till = now + gate.ttl_ms
  change(fresh, {
    h = holder.seq, hs = holder._suffix, hid = holder.id, tn = holder.tn, till = till,
    n = is_own and row.n or 0, last = is_own and row.last or '[]',
  })
  Reservations.index(holder.tn, gate.key, till)
  if not row then Counts.add('reservations', holder.tn, 1) end
end

function Reservations.count_duplicate(gate_key, id)
  local row = Reservations.at(gate_key)
  local last = cjson.decode(row.last)
  last[#last + 1] = id
  if #last > LAST_DUPLICATES then table.remove(last, 1) end
  change(row, { n = tonumber(row.n) + 1, last = cjson.encode(last) })
end

-- The reservations of open work: a list of {key, keep}.
function Reservations.holds_of(work) return work.holds and cjson.decode(work.holds) or {} end

-- How many duplicates an entry stood for, over the keys that are still its own, and the ids of the last.
function Reservations.duplicates_of(holds, entry_seq)
  local sum, last = 0, {}
  for _, hold in ipairs(holds) do
    local row = Reservations.at(hold[1])
    if row and row.h == entry_seq then
      sum = sum + tonumber(row.n)
      for _, id in ipairs(cjson.decode(row.last)) do last[#last + 1] = cjson.encode(id) end
    end
  end
  while #last > LAST_DUPLICATES do table.remove(last, 1) end
  return sum, '[' .. table.concat(last, ',') .. ']'
end

function Reservations.remove(tenant, gate_key)
  call('DEL', key('k', gate_key))
  call('ZREM', key('kt', tenant), gate_key)
  if call('EXISTS', key('kt', tenant)) == 0 then call('ZREM', base .. ':kts', tenant) end
  Counts.add('reservations', tenant, -1)
end

-- Releases what a failure does not leave held.
function Reservations.release(holds, entry_seq, tenant)
  for _, hold in ipairs(holds) do
    if not hold[2] and call('HGET', key('k', hold[1]), 'h') == entry_seq then Reservations.remove(tenant, hold[1]) end
  end
end

-- A due action takes over what the action that scheduled it still holds.
function Reservations.hand_over(holds, from_seq, to)
  for _, hold in ipairs(holds) do
    local row = Reservations.at(hold[1])
    if row and row.h == from_seq and tonumber(row.till) > now then
      change(row, { h = to.seq, hs = to._suffix, hid = to.id })
    end
  end
end

local LOOK_AGAIN_MS = 60000

-- Removes at most `limit` reservations of a tenant that hold no more; how many. Those that are held beyond their time
-- are looked at again later, so that they do not stand before the others.
function Reservations.forget(tenant, limit)
  local removed = 0
  for _, gate_key in ipairs(call('ZRANGEBYSCORE', key('kt', tenant), '-inf', n2s(now), 'LIMIT', 0, limit)) do
    local row = Reservations.at(gate_key)
    if Reservations.held_beyond(row) then call('ZADD', key('kt', tenant), n2s(now + LOOK_AGAIN_MS), gate_key)
    else
      Reservations.remove(tenant, gate_key)
      removed = removed + 1
    end
  end
  local earliest = call('ZRANGE', key('kt', tenant), 0, 0, 'WITHSCORES')[2]
  if earliest then call('ZADD', base .. ':kts', earliest, tenant) end
  return removed
end
