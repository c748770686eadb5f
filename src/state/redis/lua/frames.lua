-- @include core.lua
-- Frames of one partition after a position and up to another (`StateStore.frames`). What is appended from now on comes
-- after `upto`: so whoever has read all partitions up to it has missed nothing.
--
-- KEYS[1]  the partition
-- ARGV[1]  now partition partitions · after, upto (positions), limit
-- result   {the last position that is no longer kept, or '', frame, …} as XRANGE gives them
if seq < asked.upto then
  seq = asked.upto
  save_meta()
end
local found = call('XRANGE', base .. ':frames', '(' .. n2s(asked.after) .. '-0', n2s(asked.upto) .. '-0', 'COUNT', asked.limit) or {}
table.insert(found, 1, call('HGET', base, 'cut') or '')
return found
