-- @include core.lua
-- The first start of a store writes what it was made with; every later one reads it. The event log begins there.
--
-- KEYS[1]  what is global
-- ARGV[1]  now · partitions, format
-- result   {partitions, format, the position where the log begins}
if call('HSETNX', base, 'partitions', n2s(asked.partitions)) == 1 then
  call('HSET', base, 'format', n2s(asked.format), 'log', n2s(math.floor(now) * 1024))
end
return call('HMGET', base, 'partitions', 'format', 'log')
