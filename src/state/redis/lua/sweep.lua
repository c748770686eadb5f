-- @include core.lua
-- @include tokens.lua
-- @include entries.lua
-- @include letters.lua
-- @include reservations.lua
-- @include events.lua
-- Removes what has expired, at most `limit` of each kind (`StateStore.sweep`). Nothing depends on when it runs.
--
-- KEYS[1]  the partition
-- ARGV[1]  token deadline now partition partitions retention · limit, letter_retention
-- result   {'removed', how many}
local FRAMES_KEPT_MS, LISTED_MS = 600000, 3600000
local limit = asked.limit

local function earliest(index, upto) return call('ZRANGEBYSCORE', base .. index, '-inf', n2s(upto), 'LIMIT', 0, limit) end

local function forget_entries()
  local removed = 0
  for _, suffix in ipairs(earliest(':settled', now - asked.retention)) do
    local entry = Entries.at(suffix)
    -- One whose dead letter is kept is entered again when that goes.
    if entry and not Entries.is_over(entry) then call('ZREM', base .. ':settled', suffix)
    else
      Entries.remove(suffix)
      removed = removed + 1
    end
  end
  return removed
end

local function forget_keys()
  local removed = 0
  for _, tenant in ipairs(earliest(':kts', now)) do
    if removed < limit then removed = removed + Reservations.forget(tenant, limit - removed) end
  end
  return removed
end

local function forget_windows()
  local idle = earliest(':windows', now)
  for _, gate_key in ipairs(idle) do
    call('DEL', key('w', gate_key), key('ws', gate_key))
    call('ZREM', base .. ':windows', gate_key)
  end
  return #idle
end

local function forget_events()
  local over = earliest(':closed', now)
  for _, suffix in ipairs(over) do Events.remove(Events.at(suffix)) end
  return #over
end

local function forget_letters()
  local old = earliest(':letters', math.floor(now - asked.letter_retention) * 1024 - 1)
  for _, id_hash in ipairs(old) do Letters.remove(Letters.at(id_hash)) end
  return #old
end

local function forget_frames()
  local k = base .. ':frames'
  local upto = math.floor(now - FRAMES_KEPT_MS) * 1024
  if upto <= 0 then return 0 end
  local old = call('XRANGE', k, '-', '(' .. n2s(upto) .. '-0', 'COUNT', limit)
  if #old == 0 then return 0 end
  local last = old[#old][1]
  for _, one in ipairs(old) do call('XDEL', k, one[1]) end
  call('HSET', base, 'cut', (last:gsub('%-0$', '')))
  return #old
end

local function forget_leases()
  local flat, removed = call('HGETALL', base .. ':leases'), 0
  for i = 1, #flat, 2 do
    if tonumber(flat[i + 1]) <= now - LISTED_MS and removed < limit then
      call('HDEL', base .. ':leases', flat[i])
      removed = removed + 1
    end
  end
  return removed
end

return once(function()
  return { 'removed', n2s(forget_entries() + forget_keys() + forget_windows() + forget_events() + forget_letters()
    + forget_frames() + forget_leases()) }
end)
