-- @include core.lua
-- Where the event log of a partition ends, and begins (`StateStore.frames`).
--
-- KEYS[1]  the partition
-- ARGV[1]  now
-- result   {the last frame's position, the last number given, the last position that is no longer kept, or '0'}
return { n2s(frame), n2s(seq), call('HGET', base, 'cut') or '0' }
