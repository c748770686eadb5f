-- @include json.lua
-- The event log of a partition, written in the step that it tells of.
-- Keys: frames, a stream whose ids are `<position>-0`.
local Frames = {}
local FRAMES_KEPT = 100000

-- Appends a frame. `outcome` is JSON beside `data`, for the client to give it its form on the wire.
function Frames.add(kind, of, data, outcome)
  local k = base .. ':frames'
  frame = next_seq()
  call('XADD', k, n2s(frame) .. '-0', 'type', kind, 'at', n2s(now), 'ns', of.ns, 'tn', of.tn, 'data', data,
    'outcome', outcome or '')
  if call('XLEN', k) > FRAMES_KEPT then
    local oldest = call('XRANGE', k, '-', '+', 'COUNT', 1)[1][1]
    call('XDEL', k, oldest)
    call('HSET', base, 'cut', (oldest:gsub('%-0$', '')))
  end
end

-- Tells that an action has its outcome. `draft`: what is told of it; `refused_by`: the rule and verdict of a gate.
function Frames.announce(draft, outcome, dispatched_at, refused_by)
  local deciding = refused_by or { rule = draft.matched_rule, verdict = draft.verdict }
  local data = obj(
    'action_type', str(draft.action_type),
    'action_id', str(draft.action_id),
    'provider', str(draft.provider),
    'verdict', str(deciding.verdict),
    'matched_rule', strn(deciding.rule),
    'duration_ms', n2s(math.max(0, now - dispatched_at)),
    'kind', draft.kind ~= 'dispatch' and str(draft.kind) or nil
  )
  Frames.add('action_dispatched', draft, data, outcome)
end
