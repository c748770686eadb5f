-- @include core.lua
-- @include tokens.lua
-- @include leases.lua
-- @include entries.lua
-- @include letters.lua
-- @include gates.lua
-- @include joining.lua
-- @include transitions.lua
-- @include schedules.lua
-- Decides about an action (`StateStore.admit`): checks in the contract's order, and writes after the last of them.
--
-- KEYS[1]  the partition
-- ARGV[1]  token deadline now partition partitions retention bound limits unrecorded · owner, entry, ns, tn, space, id,
--          scope, body, lane, lk, continues · gates · draft {ns tn action_type action_id provider verdict matched_rule
--          kind} · provider, atype (of the plan) · ending {kind, …} (see the parts; `schedule`: rule, delay_ms, at_ms,
--          passes, own_id; `answer`: again, releases)
-- ARGV[2]  the plan without its action   ARGV[3] its action   ARGV[4] the action as it was sent, or '' when it is that
-- ARGV[5]  the draft   ARGV[6] the context
-- ARGV[7…] answer: outcome, outcome as it is told; group and transition: labels, then
--          group: member_labels, member, context, plan, action; transition: draft, plan, action
-- result   {'not_owner'} {'backlog', n} {'replaced'} {'id_reused'} {'in_progress', try, outcome or ''}
--          {'replayed', outcome, try, at} {'limit', what} {'queued', try, fence, at}
--          {'deliver', try, fence, at, gates, takeovers, origin} {'settled', outcome, try, at, gates, {rows that follow}}
local plan, action, context = ARGV[2], ARGV[3], ARGV[6]
local sent = ARGV[4] ~= '' and ARGV[4] or action
local ending = asked.ending or {}

-- The first thing that is written: a new entry, or the next try of a known one.
local function begin(entry, over, unplanned)
  if unplanned then
    Entries.remove_work(entry)
    return entry
  end
  if over then Entries.remove(asked.entry) end
  if not entry then return Entries.new(asked.entry, asked, asked.space, asked.id, asked.body, sent) end
  if entry.dl then
    Letters.remove(Letters.at(entry.dl))
    entry.dl = nil
  end
  call('ZREM', base .. ':settled', entry._suffix)
  change(entry, { try = tonumber(entry.try) + 1, at = now, settled = false, outcome = false, again = false })
  return entry
end

-- Keys that a due action was handed, and those that its new plan took.
local function joined(unplanned, taken)
  local all, is_taken = {}, {}
  for _, hold in ipairs(taken) do is_taken[hold[1]] = true end
  for _, hold in ipairs(unplanned and Reservations.holds_of(unplanned) or {}) do
    if not is_taken[hold[1]] then all[#all + 1] = hold end
  end
  for _, hold in ipairs(taken) do all[#all + 1] = hold end
  return all
end

-- Gives the try its outcome, puts it on record, and tells the stream.
local function settled(entry, unplanned, of)
  if unplanned and of.releases then Reservations.release(Reservations.holds_of(unplanned), entry.seq, entry.tn) end
  local at = tonumber(entry.at)
  Entries.settle(entry, of.outcome, of.again)
  local refused_by = of.refused_by
  Recording.put(entry.tn, ARGV[5], obj(
    'outcome', of.outcome, 'dispatched_at', entry.at, 'completed_at', n2s(now), 'try', entry.try, 'gates', of.gates,
    'refused_by', refused_by and obj('rule', str(refused_by.rule), 'verdict', str(refused_by.verdict)) or nil,
    'links', of.links
  ))
  Frames.announce(asked.draft, of.told or of.outcome, at, refused_by)
  return { 'settled', of.outcome, entry.try, entry.at, of.gates, of.follow or {} }
end

-- Caps of the tenant. What has expired makes room first, so that only what lives is counted.
local function reached_limit(readings, decision)
  local limits = asked.limits
  local function is_full(what, there, more) return more > 0 and there + more > limits[what] end
  local reserving = Gates.new_reservations(readings)
  if is_full('reservations', Counts.of('reservations', asked.tn), reserving) then
    Reservations.forget(asked.tn, 1000)
    for _, reading in ipairs(readings) do
      if reading.gate.kind == 'reservation' then reading.row = Reservations.at(reading.gate.key) end
    end
    reserving = Gates.new_reservations(readings)
    if is_full('reservations', Counts.of('reservations', asked.tn), reserving) then return 'reservations' end
  end
  if ending.kind == 'group' and not Groups.at(ending.suffix) and is_full('open_groups', Counts.of('groups', asked.tn), 1) then
    return 'open_groups'
  end
  if decision and decision.kind == 'open' and not ending.enter[decision.to].final
    and is_full('active_events', Counts.of('events', asked.tn), 1) then
    return 'active_events'
  end
  if ending.kind == 'schedule'
    and is_full('jobs', Counts.of('scheduled', asked.tn) + Counts.of('parked', asked.tn), 1) then
    return 'jobs'
  end
  return nil
end

local function list_text(items)
  local out = {}
  for i, item in ipairs(items) do out[i] = str(item) end
  return arr(out)
end

local function schedule_origin(parent, rules, passed, planned)
  return obj('kind', '"schedule"', 'parent', str(parent), 'rules', list_text(rules), 'passed', list_text(passed),
    'planned', bool(planned))
end

-- Without an ending: the entry is open, the owner's, or behind the others of its lane.
local function journal(entry, unplanned, holds, gates)
  local is_queued = asked.lk ~= nil and Lanes.is_taken(asked.lk)
  local origin = '{"kind":"dispatch"}'
  if unplanned then
    local before = cjson.decode(unplanned.origin)
    origin = schedule_origin(before.parent, before.rules, before.passed, true)
  end
  local fence = unplanned and tonumber(unplanned.fence) or tonumber(entry.fence) + 1
  Entries.open_work(entry, {
    status = is_queued and QUEUED or RUNNING, owner = not is_queued and asked.owner or nil, fence = fence,
    lane = asked.lane, lk = asked.lk, ikey = asked.id, holds = Gates.holds_text(joined(unplanned, holds)), gates = gates,
    context = context, origin = origin, plan = plan, action = action, provider = asked.provider, atype = asked.atype,
    takeovers = unplanned and unplanned.takeovers or 0,
  })
  if is_queued then return { 'queued', entry.try, entry.fence, entry.at } end
  return { 'deliver', entry.try, entry.fence, entry.at, gates, entry.takeovers, origin }
end

-- Holds an action until it is due: its entry is settled, and has work that nobody owns.
local function schedule(entry, unplanned, holds, gates)
  local rules, passed, known = {}, {}, {}
  local before = unplanned and cjson.decode(unplanned.origin) or { rules = {}, passed = {} }
  for _, rule in ipairs(before.rules) do rules[#rules + 1] = rule end
  rules[#rules + 1] = ending.rule
  for _, list in ipairs({ before.passed, ending.passes }) do
    for _, rule in ipairs(list) do
      if not known[rule] then passed[#passed + 1] = rule end
      known[rule] = true
    end
  end
  local due = ending.at_ms or now + (ending.delay_ms or 0)
  Entries.open_work(entry, {
    status = SCHEDULED, fence = tonumber(unplanned and unplanned.fence or entry.fence) + 1, due = due, ikey = asked.id,
    holds = Gates.holds_text(joined(unplanned, holds)), gates = gates, context = context,
    origin = schedule_origin(asked.id, rules, passed, false), plan = plan, action = action,
    provider = asked.provider, atype = asked.atype, sc = asked.scope, own_id = ending.own_id,
  })
  return obj('type', '"Scheduled"', 'action_id', str(asked.id), 'scheduled_for', str(iso(due)))
end

return once(function()
  if not Leases.holds(asked.owner) then return { 'not_owner' } end
  local waiting = Counts.of('outbox', asked.tn)
  if waiting >= asked.bound then return { 'backlog', n2s(waiting) } end

  local entry, over = Entries.find(asked.entry)
  local unplanned
  if asked.continues then
    if not Entries.may_act(entry, asked.owner, asked.continues) then return { 'replaced' } end
    unplanned = {}
    for name, value in pairs(entry) do unplanned[name] = value end
  elseif entry then
    if entry.body ~= asked.body then return { 'id_reused' } end
    if not entry.settled then return { 'in_progress', entry.try, entry.answer or '' } end
    if not entry.again then return { 'replayed', entry.outcome, entry.try, entry.at } end
  end

  if ending.kind == 'answer' then
    return settled(begin(entry, over, unplanned), unplanned, {
      outcome = ARGV[7], told = ARGV[8], again = ending.again, releases = ending.releases, gates = '[]',
    })
  end

  local readings, refusing = Gates.check(asked.gates, entry and entry.seq)
  local gates = Gates.traces(readings)
  if refusing then
    local gate = refusing.gate
    if gate.kind == 'reservation' then Reservations.count_duplicate(gate.key, asked.id) end
    return settled(begin(entry, over, unplanned), unplanned, {
      outcome = Gates.refusal_of(refusing), gates = gates, again = gate.kind == 'window',
      refused_by = { rule = gate.rule, verdict = gate.verdict },
      links = refusing.holder and obj('duplicate_of', str(refusing.holder)) or nil,
    })
  end

  local event, decision, refusal
  if ending.kind == 'transition' then event, decision, refusal = Transitions.decide_for(ending) end
  if refusal then
    return settled(begin(entry, over, unplanned), unplanned, { outcome = refusal, gates = gates, releases = true })
  end

  local limit = reached_limit(readings, decision)
  if limit then return { 'limit', limit } end

  local begun = begin(entry, over, unplanned)
  local holds = Gates.take(readings, begun)
  if not ending.kind then return journal(begun, unplanned, holds, gates) end
  local of = { gates = gates }
  if ending.kind == 'group' then
    of.outcome, of.follow, of.links = Joining.join(ending, {
      labels = ARGV[7], member_labels = ARGV[8], member = ARGV[9], context = ARGV[10], plan = ARGV[11], action = ARGV[12],
    }, asked.owner)
  elseif ending.kind == 'transition' then
    of.outcome, of.follow, of.links = Transitions.enter_transition(event, decision, ending, {
      labels = ARGV[7], draft = ARGV[8], context = context, plan = ARGV[9], action = ARGV[10],
    }, asked.owner)
  else of.outcome = schedule(begun, unplanned, holds, gates) end
  return settled(begun, unplanned, of)
end)
