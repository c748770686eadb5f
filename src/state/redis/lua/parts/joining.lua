-- @include groups.lua
-- A member joins its group. `ending`: suffix, gid, gkey, gname, rule, provider, atype, interval_ms, repeat_ms, max_size,
-- wait_ms, bytes, gin; `texts`: labels, member_labels, member (the JSON text of the member, as a JSON string), context,
-- plan, action.
local Joining = {}
function Joining.open(ending, texts)
  local group = { _key = key('g', ending.suffix), _suffix = ending.suffix }
  local id = next_seq()
  change(group, {
    id = id, ns = asked.ns, tn = asked.tn, scope = asked.scope, gid = ending.gid, gkey = ending.gkey,
    gname = ending.gname, gin = ending.gin, rule = ending.rule, provider = ending.provider, atype = ending.atype,
    labels = texts.labels, interval = ending.interval_ms, repeat_ms = ending.repeat_ms, max = ending.max_size,
    generation = 0, due = now + ending.wait_ms, created = now, count = 0, bytes = 0, context = texts.context,
    plan = texts.plan, action = texts.action,
  })
  call('ZADD', base .. ':groups', n2s(id), ending.suffix)
  call('ZADD', key('gn', ending.gname), n2s(id), ending.suffix)
  Entries.set_due('b', id, ending.suffix, now + ending.wait_ms)
  Counts.add('groups', asked.tn, 1)
  return group
end

-- What two sets of labels share.
function Joining.common(a, b)
  local shared = {}
  for name, value in pairs(a) do
    if b[name] == value then shared[name] = value end
  end
  return shared
end

-- The outcome, what follows (a sealed batch), and the links of the record.
function Joining.join(ending, texts, owner)
  local group = Groups.at(ending.suffix) or Joining.open(ending, texts)
  local shared = group.shared and cjson.encode(Joining.common(cjson.decode(group.shared), cjson.decode(texts.member_labels)))
    or texts.member_labels
  call('RPUSH', key('gm', ending.suffix), obj('id', str(asked.id), 'received_at', n2s(now), 'text', texts.member))
  local size = tonumber(group.count) + 1
  change(group, {
    count = size, bytes = tonumber(group.bytes) + ending.bytes, shared = shared, first = group.first or now, last_at = now,
  })
  Frames.add('group_event_added', group, Groups.frame_of(group, 'action_id', str(asked.id), 'event_count', n2s(size)))
  local is_full = size >= tonumber(group.max) or tonumber(group.bytes) >= MAX_BATCH_BYTES
  local outcome = obj(
    'type', '"Grouped"', 'group_id', str(group.gid), 'group_key', str(group.gkey), 'group_size', n2s(size),
    'notify_at', str(iso(is_full and now or tonumber(group.due)))
  )
  local links = obj('group', str(group.gid))
  return outcome, is_full and { Groups.seal(group, 'size', owner) } or {}, links
end
