-- Windows let at most `limit` pass in any `window_ms`: exact by the time of the limit-th newest (a sliding window log);
-- above EXACT by counts per 1/64 of the window, where an admission counts until its whole bucket has left.
-- Keys: w:<gate key>, a hash: form (ring or buckets), size, free (when nobody needs it any more); ws:<gate key>, of a
-- ring a list of times, newest last, of buckets a hash of number → count. A sorted set of gate keys by `free`: windows.
local Windows = {}
local EXACT, BUCKETS = 1000, 64

function Windows.fits(gate, row)
  if gate.limit <= EXACT then return row.form == 'ring' and tonumber(row.size) >= gate.limit end
  return row.form == 'buckets' and tonumber(row.size) == gate.window_ms / BUCKETS
end

-- What is known to have passed, oldest first, as {at, count}; of a bucket the latest time at which it can have been.
function Windows.passed_of(gate_key, row)
  local passed = {}
  if row.form == 'ring' then
    for _, at in ipairs(call('LRANGE', key('ws', gate_key), 0, -1)) do passed[#passed + 1] = { tonumber(at), 1 } end
    return passed
  end
  local flat = call('HGETALL', key('ws', gate_key))
  for i = 1, #flat, 2 do
    passed[#passed + 1] = { (tonumber(flat[i]) + 1) * tonumber(row.size), tonumber(flat[i + 1]) }
  end
  table.sort(passed, function(a, b) return a[1] < b[1] end)
  return passed
end

function Windows.read_ring(gate)
  local k = key('ws', gate.key)
  local length = call('LLEN', k)
  local function at(i) return tonumber(call('LINDEX', k, i)) end
  if length >= gate.limit then
    local leaves = at(length - gate.limit) + gate.window_ms
    if leaves > now then return gate.limit, leaves - now end
  end
  -- Times grow, so the first one within the window is found by halving.
  local first, stop = length - math.min(length, gate.limit), length
  while first < stop do
    local middle = math.floor((first + stop) / 2)
    if at(middle) + gate.window_ms > now then stop = middle else first = middle + 1 end
  end
  return length - first, nil
end

function Windows.read_counts(gate, row)
  local used, within = 0, {}
  for _, one in ipairs(Windows.passed_of(gate.key, row)) do
    if one[1] + gate.window_ms > now then
      within[#within + 1] = one
      used = used + one[2]
    end
  end
  local left = used
  for _, one in ipairs(within) do
    if left < gate.limit then break end
    left = left - one[2]
    if left < gate.limit then return used, one[1] + gate.window_ms - now end
  end
  return used, nil
end

-- How many passed within the window; how long until the next may pass, or nil: now.
function Windows.read(gate)
  local row = row_at(key('w', gate.key))
  if not row then return 0, gate.limit <= 0 and gate.window_ms or nil, nil end
  local used, wait
  if gate.limit <= EXACT and Windows.fits(gate, row) then used, wait = Windows.read_ring(gate) else used, wait = Windows.read_counts(gate, row) end
  return used, wait, row
end

function Windows.count_into(gate_key, size, at, by)
  local bucket = math.floor(at / size)
  local k = key('ws', gate_key)
  if call('HINCRBY', k, n2s(bucket), by) ~= by then return end
  for _, other in ipairs(call('HKEYS', k)) do
    if tonumber(other) < bucket - BUCKETS - 1 then call('HDEL', k, other) end
  end
end

-- After a reload changed the limit or the window: the newest times are kept.
function Windows.reshape(gate, row)
  local passed = Windows.passed_of(gate.key, row)
  local was = row.form
  call('DEL', key('ws', gate.key))
  if gate.limit <= EXACT then
    change(row, { form = 'ring', size = was == 'buckets' and EXACT or gate.limit })
    local times, size = {}, tonumber(row.size)
    for _, one in ipairs(passed) do
      for _ = 1, math.min(one[2], size) do times[#times + 1] = n2s(math.min(one[1], now)) end
    end
    for i = math.max(1, #times - size + 1), #times do call('RPUSH', key('ws', gate.key), times[i]) end
    return
  end
  change(row, { form = 'buckets', size = gate.window_ms / BUCKETS })
  for _, one in ipairs(passed) do Windows.count_into(gate.key, tonumber(row.size), math.min(one[1], now), one[2]) end
end

-- Takes a place.
function Windows.pass(gate, row)
  if not row then
    row = { _key = key('w', gate.key) }
    if gate.limit <= EXACT then change(row, { form = 'ring', size = gate.limit })
    else change(row, { form = 'buckets', size = gate.window_ms / BUCKETS }) end
  elseif not Windows.fits(gate, row) then Windows.reshape(gate, row) end
  if row.form == 'ring' then
    call('RPUSH', key('ws', gate.key), n2s(now))
    call('LTRIM', key('ws', gate.key), -tonumber(row.size), -1)
  else Windows.count_into(gate.key, tonumber(row.size), now, 1) end
  local free = now + 2 * gate.window_ms
  change(row, { free = free })
  call('ZADD', base .. ':windows', n2s(free), gate.key)
end
