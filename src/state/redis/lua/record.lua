-- @include core.lua
-- A small named value (`StateStore.readRecord`).
--
-- KEYS[1]  what is global
-- ARGV[1]  now · kind, name
-- result   {JSON, or ''}
return { call('HGET', key('r', asked.kind), asked.name) or '' }
