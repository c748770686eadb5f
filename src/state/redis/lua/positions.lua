-- @include core.lua
-- The positions of what a list wants, after one, of one partition.
--
-- KEYS[1]  the partition
-- ARGV[1]  now · index (a sorted set by position), kind (the rows' keys), after ('' : from its beginning), falling (newest
--          first), count, most (how many are looked at), equals (fields and their value, or a list of values), from, to (of
--          `at`), kept (only events that are still kept)
-- result   {how far it looked: a position, or '' for all, {position, name, …}}
local FIRST = asked.falling and '+inf' or '-inf'
local after = asked.after == '' and FIRST or '(' .. asked.after
local names, values = {}, {}
for name, value in pairs(asked.equals) do
  names[#names + 1] = name
  values[#values + 1] = value
end
names[#names + 1] = 'at'
names[#names + 1] = 'kept'

local function is_one_of(value, allowed)
  if type(allowed) ~= 'table' then return value == allowed end
  for _, one in ipairs(allowed) do
    if value == one then return true end
  end
  return false
end

local function is_wanted(name)
  local row = call('HMGET', key(asked.kind, name), unpack(names))
  for i, value in ipairs(values) do
    if not is_one_of(row[i], value) then return false end
  end
  local at, kept = tonumber(row[#values + 1]), tonumber(row[#values + 2])
  if asked.kept and kept and kept <= now then return false end
  if asked.from and at < asked.from then return false end
  return not (asked.to and at >= asked.to)
end

local rows
if asked.falling then
  rows = call('ZREVRANGEBYSCORE', base .. ':' .. asked.index, after, '-inf', 'WITHSCORES', 'LIMIT', 0, asked.most)
else
  rows = call('ZRANGEBYSCORE', base .. ':' .. asked.index, after, '+inf', 'WITHSCORES', 'LIMIT', 0, asked.most)
end
local found = {}
for i = 1, #rows, 2 do
  local position = n2s(tonumber(rows[i + 1]))
  if is_wanted(rows[i]) then
    found[#found + 1] = position
    found[#found + 1] = rows[i]
    if #found >= 2 * asked.count then return { position, found } end
  end
  if i == 2 * asked.most - 1 then return { position, found } end
end
return { '', found }
