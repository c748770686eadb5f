-- @include core.lua
-- Writes the time, to see whether that works (`StateStore.health`).
--
-- KEYS[1]  a partition, or what is global
-- ARGV[1]  now
-- result   {'written'}
save_meta()
return { 'written' }
