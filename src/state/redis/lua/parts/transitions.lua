-- @include events.lua
-- What an action's status does to its event. `ending`: suffix, fp, fph, nid, lk, machine, retention_ms, atype, provider,
-- severity, names (of what lookups ask), enter (states by name: final, timeout), and decided: what `decideTransition`
-- says where there is no event (`none`), to a closed one (`closed`), to one in a state (`states`), to one in a state that
-- the machine does not know (`other`); each {kind, to, notify, outcome}. `texts`: labels, draft, context, plan, action.
local Transitions = {}

-- The event and what is decided about it, or the outcome that refuses it. Writes nothing.
function Transitions.decide_for(ending)
  local event = Events.find(ending.suffix)
  if event and event.machine ~= ending.machine then
    return nil, nil, obj(
      'type', '"Failed"', 'code', '"EVENT_OF_OTHER_MACHINE"',
      'message', str('Fingerprint "' .. ending.fp .. '" belongs to an event of state machine "' .. event.machine
        .. '", and the rule names "' .. ending.machine .. '".'),
      'retryable', 'false', 'attempts', '0'
    )
  end
  local decided = ending.decided
  local decision = decided.none
  if event then
    decision = event.active == '0' and decided.closed or decided.states[event.state] or decided.other
  end
  return event, decision, decision.outcome
end

-- Counts an action that arrived for an event, and keeps it as the newest.
function Transitions.see(event, ending, texts)
  local enter = ending.enter[event.state]
  local restarts = event.active == '1' and enter and enter.timeout and enter.timeout.restart
  local at = restarts and now + enter.timeout.after_ms or nil
  if at then Events.set_timeout(event, at) end
  change(event, {
    n = tonumber(event.n) + 1, seen = now, last = asked.id, provider = ending.provider,
    severity = ending.severity or event.severity, t_at = at, draft = texts.draft, plan = texts.plan,
    action = texts.action,
  })
end

-- Writes a new event, or the next occurrence of a closed one, still without a state; `move` enters the first.
function Transitions.open(closed, ending, texts)
  local event = closed
  if not event then
    local over = Events.at(ending.suffix)
    if over then Events.remove(over) end
    event = { _key = key('v', ending.suffix), _suffix = ending.suffix }
    change(event, {
      id = next_seq(), ns = asked.ns, tn = asked.tn, scope = asked.scope, fp = ending.fp, fph = ending.fph,
      nid = ending.nid, lk = ending.lk, machine = ending.machine, version = 0, occurrence = 0,
    })
    call('SADD', key('vf', ending.fph), ending.suffix)
  else call('ZREM', base .. ':closed', ending.suffix) end
  change(event, {
    active = 1, atype = ending.atype, labels = texts.labels, provider = ending.provider,
    severity = ending.severity or false, occurrence = tonumber(event.occurrence) + 1, opened = now, updated = now,
    seen = now, n = 1, notified = 0, by = '', t_at = false, t_to = false, t_notify = false, kept = false,
    last = asked.id, names = cjson.encode(ending.names), draft = texts.draft, plan = texts.plan, action = texts.action,
  })
  Counts.add('events', asked.tn, 1)
  Events.index_names(event)
  return event
end

-- The outcome, what follows (a notification), and the links of the record.
function Transitions.enter_transition(event, decision, ending, texts, owner)
  local links = obj('event', str(ending.fp))
  if decision.kind == 'repeat' then
    Transitions.see(event, ending, texts)
    return Events.state_changed(event, event.state, event.state, false, event.version, event.occurrence), {}, links
  end
  local from
  if decision.kind == 'open' then event = Transitions.open(event, ending, texts)
  else
    from = event.state
    Transitions.see(event, ending, texts)
  end
  local since = from and event.updated or nil
  local by = obj('action', str(asked.id))
  Events.move(event, ending.enter[decision.to], ending.retention_ms, decision.to, from, by, asked.id)
  Events.tell_change(event, from, 'action_id', str(asked.id))
  local outcome = Events.state_changed(event, from, decision.to, decision.notify, event.version, event.occurrence)
  return outcome, decision.notify and Events.notify(event, from, since, by, texts.context, owner) or {}, links
end
