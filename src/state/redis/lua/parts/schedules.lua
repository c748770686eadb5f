-- @include json.lua
-- @include entries.lua
-- @include frames.lua
-- @include reservations.lua
-- Scheduled actions.
local Schedules = {}

-- Opens the derived action of a scheduled one that is due, unplanned, with what its parent still holds; its row.
function Schedules.open_due(parent, owner)
  local work = {}
  for name, value in pairs(parent) do work[name] = value end
  local holds = Reservations.holds_of(parent)
  local action = parent.action or parent.sent
  Entries.remove_work(parent)
  change(parent, { fence = tonumber(parent.fence) + 1 })
  call('ZADD', base .. ':settled', parent.settled, parent._suffix)
  local suffix, id = Entries.fresh_derived(work.sc, 'due:' .. work.own_id)
  local child = Entries.new(suffix, parent, 'd', id, '')
  Reservations.hand_over(holds, parent.seq, child)
  Entries.open_work(child, {
    status = RUNNING, owner = owner, fence = 1, ikey = id, holds = work.holds, context = work.context,
    origin = work.origin, plan = work.plan, action = action, provider = work.provider, atype = work.atype,
  })
  Frames.add('scheduled_action_due', parent,
    obj('action_type', str(work.atype), 'action_id', str(parent.id), 'derived_id', str(id)))
  return call('HGETALL', child._key)
end
