-- @include core.lua
-- @include tokens.lua
-- @include leases.lua
-- @include events.lua
-- Moves an event by hand (`StateStore.transition`).
--
-- KEYS[1]  the partition
-- ARGV[1]  token deadline now partition partitions unrecorded · owner, event, to, caller · machines by name: retention_ms,
--          enter, moves (state → state → {notify})
-- ARGV[2]  JSON of who moves it   ARGV[3] changes to the record's draft   ARGV[4] the context
-- result   {'not_owner'} {'unknown'} {'same', state, version} {'not_allowed', state, machine}
--          {'moved', from, to, '1' or '0' (notified), version, {rows that follow}}
return once(function()
  if not Leases.holds(asked.owner) then return { 'not_owner' } end
  local event = Events.find(asked.event)
  if not event then return { 'unknown' } end
  local from, to = event.state, asked.to
  if to == from then return { 'same', from, event.version } end
  local machine = asked.machines[event.machine]
  local allowed = machine and machine.moves[from] and machine.moves[from][to]
  if not allowed then return { 'not_allowed', from, event.machine } end
  local since = event.updated
  Events.move(event, machine.enter[to], machine.retention_ms, to, from, ARGV[2], asked.caller)
  Events.tell_change(event, from, 'action_id', str(event.last), 'by', str(asked.caller))
  Events.record_move(event, from, allowed.notify, ARGV[3])
  local version = event.version
  local follow = allowed.notify and Events.notify(event, from, since, ARGV[2], ARGV[4], asked.owner) or {}
  return { 'moved', from, to, allowed.notify and '1' or '0', version, follow }
end)
