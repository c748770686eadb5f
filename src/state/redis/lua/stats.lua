-- @include core.lua
-- How much there is in a partition (`StateStore.stats`).
--
-- KEYS[1]  the partition
-- ARGV[1]  now
-- result   {now, earliest due or '', running, queued, parked, scheduled, groups, events, timeouts, dead_letters, outbox}
local counts = call('HMGET', base .. ':counts', 'running', 'queued', 'parked', 'scheduled', 'groups', 'events', 'timeouts',
  'dead_letters', 'outbox')
local found = { n2s(now), call('ZRANGE', base .. ':due', 0, 0, 'WITHSCORES')[2] or '' }
for i = 1, 9 do found[i + 2] = counts[i] or '0' end
return found
