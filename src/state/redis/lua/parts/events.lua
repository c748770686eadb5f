-- @include json.lua
-- @include entries.lua
-- @include frames.lua
-- @include recording.lua
-- Events, their history, and the notifications of their moves.
-- Keys: v:<event>, a hash: id ns tn scope fp fph nid lk machine state active atype labels provider [severity] occurrence
-- version opened updated seen n notified by [t_at t_to t_notify] [kept] last changed names draft plan action.
-- vh:<event>, a list of its history (JSON); vf:<hash of a fingerprint>, a set of events; va:<what is asked>, sets of
-- active events. Sorted sets: events (by last change), closed (by when they are forgotten).
local Events = {}
function Events.is_kept(event) return not event.kept or tonumber(event.kept) > now end

function Events.at(suffix)
  local event = row_at(key('v', suffix))
  if event then event._suffix = suffix end
  return event
end

-- The event; nil when there is none, or it was closed and its retention is over.
function Events.find(suffix)
  local event = Events.at(suffix)
  if event and Events.is_kept(event) then return event end
  return nil
end

function Events.set_timeout(event, at)
  if at or event.t_at then Entries.set_due('c', event.id, event._suffix, at) end
end

function Events.index_names(event)
  for _, name in ipairs(cjson.decode(event.names)) do call('SADD', key('va', name), event._suffix) end
end
function Events.unindex_names(event)
  for _, name in ipairs(cjson.decode(event.names)) do call('SREM', key('va', name), event._suffix) end
end

function Events.remove(event)
  call('DEL', event._key, key('vh', event._suffix))
  call('SREM', key('vf', event.fph), event._suffix)
  call('ZREM', base .. ':events', event._suffix)
  call('ZREM', base .. ':closed', event._suffix)
end

function Events.state_changed(event, from, to, notify, version, occurrence)
  return obj(
    'type', '"StateChanged"', 'fingerprint', str(event.fp), 'previous_state', strn(from), 'new_state', str(to),
    'notify', bool(notify), 'state_machine', str(event.machine), 'version', n2s(tonumber(version)),
    'occurrence', n2s(tonumber(occurrence))
  )
end

-- Enters a state. `enter`: final, and timeout {after_ms, to, notify}, or nil for a state that the machine does not know.
-- `by`: JSON of who moved it; `by_name`: the same in short.
function Events.move(event, enter, retention_ms, to, from, by, by_name)
  local closes = not enter or enter.final
  local timeout = not closes and enter.timeout or nil
  local had = event.t_at ~= nil
  local at = timeout and now + timeout.after_ms or nil
  Events.set_timeout(event, at)
  local changed = next_seq()
  change(event, {
    state = to, version = tonumber(event.version) + 1, active = closes and 0 or 1, updated = now, by = by_name,
    t_at = at or false, t_to = timeout and timeout.to or false,
    t_notify = timeout and (timeout.notify and 1 or 0) or false,
    kept = closes and now + retention_ms or false, changed = changed,
  })
  call('ZADD', base .. ':events', n2s(changed), event._suffix)
  call('RPUSH', key('vh', event._suffix), obj(
    'version', event.version, 'occurrence', event.occurrence, 'from', strn(from), 'to', str(to), 'at', n2s(now), 'by', by
  ))
  Counts.add('timeouts', event.tn, (at and 1 or 0) - (had and 1 or 0))
  if not closes then return end
  Counts.add('events', event.tn, -1)
  call('ZADD', base .. ':closed', event.kept, event._suffix)
  Events.unindex_names(event)
end

-- Tells the stream of a move.
function Events.tell_change(event, from, ...)
  Frames.add('action_status_changed', event, obj(
    'action_type', str(event.atype), 'fingerprint', str(event.fp), 'state_machine', str(event.machine),
    'previous_status', strn(from), 'new_status', str(event.state), 'version', event.version, ...
  ))
end

-- Puts a move that no dispatch made on record; its version tells moves of one instant apart.
function Events.record_move(event, from, notified, changes)
  Recording.put(event.tn, event.draft, obj(
    'outcome', Events.state_changed(event, from, event.state, notified, event.version, event.occurrence),
    'dispatched_at', n2s(now), 'completed_at', n2s(now), 'try', event.version, 'links', obj('event', str(event.fp))
  ), changes)
end

-- Enters the notification of a move into the event's lane, in the step that moves it: a list of its row, when it is to be
-- sent now. It delivers the newest action of the event.
function Events.notify(event, from, since, by, context, owner)
  local is_queued = Lanes.is_taken(event.lk)
  local suffix, id = Entries.fresh_derived(event.scope, 'notify:' .. event.nid .. ':' .. event.version)
  local entry = Entries.new(suffix, event, 'd', id, '')
  local origin = obj('kind', '"notification"', 'event', obj(
    'fingerprint', str(event.fp), 'state_machine', str(event.machine), 'previous_state', strn(from),
    'new_state', str(event.state), 'occurrence', event.occurrence, 'version', event.version,
    'started_at', str(iso(tonumber(event.opened))), 'changed_at', str(iso(tonumber(event.updated))),
    'previous_since', since and str(iso(tonumber(since))) or nil, 'moved_by', by
  ))
  Entries.open_work(entry, {
    status = is_queued and QUEUED or RUNNING, owner = not is_queued and owner or nil, fence = 1,
    lane = 'event:' .. event.fp, lk = event.lk, ikey = id, context = context, origin = origin, plan = event.plan,
    action = event.action, provider = event.provider, atype = event.atype,
  })
  change(event, { notified = tonumber(event.notified) + 1 })
  return is_queued and {} or { call('HGETALL', entry._key) }
end
