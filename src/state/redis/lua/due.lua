-- @include core.lua
-- @include tokens.lua
-- @include leases.lua
-- @include groups.lua
-- @include events.lua
-- @include schedules.lua
-- Runs jobs that are due (`StateStore.due`), in the order asked for, each if it still is.
--
-- KEYS[1]  the partition
-- ARGV[1]  token deadline now partition partitions unrecorded · owner, jobs (members of upcoming.lua), machines by name:
--          retention_ms, enter (see transitions.lua)
-- result   {'ran', now, next due or '', {due or '' (it was gone), {rows}}, …}
local MACHINE_MISSING_RETRY_MS = 60000

-- A state was not left in time. A node that does not know the machine any more leaves the timeout for a minute later,
-- when another or a reload may know it.
local function timeout_due(suffix, owner)
  local event = Events.at(suffix)
  local machine = asked.machines[event.machine]
  if not machine or not machine.enter[event.t_to] then
    local at = now + MACHINE_MISSING_RETRY_MS
    Events.set_timeout(event, at)
    change(event, { t_at = at })
    return {}
  end
  local from, since, to, notified = event.state, event.updated, event.t_to, event.t_notify == '1'
  local by = obj('timeout', str(from))
  Events.move(event, machine.enter[to], machine.retention_ms, to, from, by, 'timeout')
  Frames.add('timeout', event, obj(
    'action_type', str(event.atype), 'action_id', str(event.last), 'fingerprint', str(event.fp),
    'state_machine', str(event.machine), 'previous_state', str(from), 'new_state', str(to), 'version', event.version
  ))
  Events.record_move(event, from, notified, obj(
    'id', str('timeout:' .. event.id .. ':' .. event.version), 'caller_id', '"acteon"', 'auth_method', '"timeout"'
  ))
  local context = '{"caller_id":"acteon","auth_method":"timeout","trace_id":null}'
  return notified and Events.notify(event, from, since, by, context, owner) or {}
end

local function run(member, owner)
  local kind, suffix = member:sub(1, 1), member:sub(19)
  if kind == 'b' then return Groups.run_due(suffix, owner) end
  if kind == 'c' then return timeout_due(suffix, owner) end
  local entry = Entries.at(suffix)
  return { entry.status == PARKED and Entries.take(entry, owner) or Schedules.open_due(entry, owner) }
end

return once(function()
  local ran = { 'ran', n2s(now), '' }
  local is_alive = Leases.holds(asked.owner)
  for i, member in ipairs(asked.jobs) do
    local at = tonumber(call('ZSCORE', base .. ':due', member))
    if is_alive and at and at <= now then ran[i + 3] = { n2s(at), run(member, asked.owner) } else ran[i + 3] = { '', {} } end
  end
  local earliest = call('ZRANGE', base .. ':due', 0, 0, 'WITHSCORES')[2]
  if earliest then ran[3] = n2s(tonumber(earliest)) end
  return ran
end)
