-- The beginning of every script: what was asked, the time, and rows.
--
-- KEYS[1]  the tag's own hash: `acteon:{p07}` of a partition, `acteon:{all}` of what is global. Every other key of the
--          script begins with it, so that all lie in one slot. Fields: clock (the last time that was stored), seq (the
--          last number of `next_seq`), frame (the last frame's position), cut (the last position that was removed).
-- ARGV[1]  what is asked, as JSON: a small control structure. `now` (milliseconds) only where time is virtual.
-- ARGV[2…] opaque texts, which are stored and returned as they are and never decoded.
local base = KEYS[1]
local asked = cjson.decode(ARGV[1])
local call = redis.call

local function key(kind, name) return base .. ':' .. kind .. ':' .. name end

-- Lua's own conversion keeps 14 digits, which is less than a position has.
local function n2s(n)
  if n == math.floor(n) then return string.format('%.0f', n) end
  return string.format('%.17g', n)
end

local meta = call('HMGET', base, 'clock', 'seq', 'frame')
local now = asked.now
if not now then
  local time = call('TIME')
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
-- Never less than what was told before.
now = math.max(now, tonumber(meta[1]) or 0)
local seq = tonumber(meta[2]) or 0
local frame = tonumber(meta[3]) or 0

-- A number that grows with time, was never used before, and is of this partition alone: its remainder names it.
local function next_seq()
  local least = math.max(seq + 1, math.floor(now) * 1024)
  seq = least + (asked.partition - least) % asked.partitions
  return seq
end

-- Stores the time that was told and the numbers that were given; the end of whatever changed something.
local function save_meta() call('HSET', base, 'clock', n2s(now), 'seq', n2s(seq), 'frame', n2s(frame)) end

-- A hash as a table, which also knows its key; nil when it is not there.
local function row_at(k)
  local flat = call('HGETALL', k)
  if #flat == 0 then return nil end
  local row = { _key = k }
  for i = 1, #flat, 2 do row[flat[i]] = flat[i + 1] end
  return row
end

-- Writes fields of a row, and into its table; `false` removes one. Values are texts or numbers. What `prepare` gave a
-- new row is written with them.
local function change(row, fields)
  local set, gone = row._prepared or {}, {}
  row._prepared = nil
  for name, value in pairs(fields) do
    if value == false then
      if row[name] ~= nil then gone[#gone + 1] = name end
      row[name] = nil
    else
      if type(value) == 'number' then value = n2s(value) end
      set[#set + 1] = name
      set[#set + 1] = value
      row[name] = value
    end
  end
  if #gone > 0 then call('HDEL', row._key, unpack(gone)) end
  if #set > 0 then call('HSET', row._key, unpack(set)) end
end

-- Gives a new row its first fields, which the next `change` writes.
local function prepare(row, fields)
  local set = {}
  for name, value in pairs(fields) do
    if type(value) == 'number' then value = n2s(value) end
    set[#set + 1] = name
    set[#set + 1] = value
    row[name] = value
  end
  row._prepared = set
end
