-- @include json.lua
-- @include entries.lua
-- @include frames.lua
-- Groups, their members and batches.
-- Keys: g:<group>, a hash: id ns tn gid gkey gname rule provider atype labels interval [repeat_ms] max generation due
-- created [flushed] count bytes [shared first last_at] context plan action gin scope; its terms are those of the member
-- that opened it. gm:<group>, a list of members (JSON) that wait; gb:<group>, a hash of the last batch, where reminders
-- are asked for. Sorted sets: groups (by id), gn:<hash of the public name> (by id).
local Groups = {}
local MAX_BATCH_BYTES = 1048576

function Groups.at(suffix)
  local group = row_at(key('g', suffix))
  if group then group._suffix = suffix end
  return group
end

function Groups.frame_of(group, ...)
  return obj('action_type', str(group.atype), 'group_id', str(group.gid), 'group_key', str(group.gkey), ...)
end

function Groups.close(group)
  call('DEL', group._key, key('gm', group._suffix), key('gb', group._suffix))
  call('ZREM', base .. ':groups', group._suffix)
  call('ZREM', key('gn', group.gname), group._suffix)
  Entries.set_due('b', group.id, group._suffix, nil)
  Counts.add('groups', group.tn, -1)
  Frames.add('group_resolved', group, Groups.frame_of(group))
end

-- Freezes what has been collected into one derived action of the owner's, whose row it returns; the group goes on for
-- its interval, or closes.
function Groups.seal(group, reason, owner)
  local generation = tonumber(group.generation) + 1
  local batch = { members = '', shared = group.shared, first = group.first, last_at = group.last_at }
  if reason == 'repeat' then batch = row_at(key('gb', group._suffix))
  else
    batch.count = group.count
    batch.members = arr(call('LRANGE', key('gm', group._suffix), 0, -1))
  end
  local origin = obj('kind', '"flush"', 'batch', obj(
    'group_id', str(group.gid), 'group_key', str(group.gkey), 'generation', n2s(generation), 'rule', str(group.rule),
    'labels', group.labels, 'shared_labels', batch.shared, 'first_at', batch.first, 'last_at', batch.last_at,
    'flushed_at', n2s(now), 'reason', str(reason), 'members', batch.members
  ))
  local suffix, id = Entries.fresh_derived(group.scope, 'flush:' .. group.gin .. ':' .. n2s(generation))
  local entry = Entries.new(suffix, group, 'd', id, '')
  Entries.open_work(entry, {
    status = RUNNING, owner = owner, fence = 1, ikey = id, context = group.context, origin = origin, plan = group.plan,
    action = group.action, provider = group.provider, atype = group.atype,
  })
  Frames.add('group_flushed', group,
    Groups.frame_of(group, 'action_id', str(id), 'event_count', batch.count, 'reason', str(reason)))
  local interval = tonumber(group.interval)
  if interval <= 0 then Groups.close(group)
  else
    if reason ~= 'repeat' then
      call('DEL', key('gm', group._suffix))
      if group.repeat_ms then
        change({ _key = key('gb', group._suffix) }, {
          members = batch.members, shared = batch.shared, first = batch.first, last_at = batch.last_at, count = batch.count,
        })
      end
    end
    change(group, {
      generation = generation, due = now + interval, flushed = now, count = 0, bytes = 0, shared = false, first = false,
      last_at = false,
    })
    Entries.set_due('b', group.id, group._suffix, now + interval)
  end
  return call('HGETALL', entry._key)
end

-- What a group does when its time has come: seal, remind, wait for the next interval, or close; a list of rows.
function Groups.run_due(suffix, owner)
  local group = Groups.at(suffix)
  if tonumber(group.count) > 0 then return { Groups.seal(group, group.flushed and 'interval' or 'wait', owner) } end
  if not group.repeat_ms then
    Groups.close(group)
    return {}
  end
  if now >= tonumber(group.flushed) + tonumber(group.repeat_ms) then return { Groups.seal(group, 'repeat', owner) } end
  local due, interval = tonumber(group.due), tonumber(group.interval)
  local at = due + (math.floor((now - due) / interval) + 1) * interval
  change(group, { due = at })
  Entries.set_due('b', group.id, suffix, at)
  return {}
end
