-- @include core.lua
-- Answers what conditions ask (`StateStore.lookup`).
--
-- KEYS[1]  the partition
-- ARGV[1]  now · asks: a list of {event} (the state of an event) or {active} (a name of what an active event is found by)
-- result   for each a state, '' for no such event, or '1' or '0'
local answers = {}
for i, one in ipairs(asked.asks) do
  if one.active then answers[i] = call('EXISTS', key('va', one.active)) == 1 and '1' or '0'
  else
    local event = call('HMGET', key('v', one.event), 'state', 'kept')
    local is_kept = not event[2] or tonumber(event[2]) > now
    answers[i] = event[1] and is_kept and event[1] or ''
  end
end
return answers
