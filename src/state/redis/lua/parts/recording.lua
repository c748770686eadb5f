-- @include json.lua
-- @include counts.lua
-- The outbox: what goes on record, written in the step that decides, until a relay has acknowledged it.
-- Keys: out, a stream whose ids are `<position>-0`.
local Recording = {}

-- `draft`, `decision`: JSON; `changes`: JSON that is laid over the draft by whoever reads it, or nil.
function Recording.put(tenant, draft, decision, changes)
  if asked.unrecorded then return end
  call('XADD', base .. ':out', n2s(next_seq()) .. '-0', 'tn', tenant, 'draft', draft, 'changes', changes or '',
    'decision', decision)
  Counts.add('outbox', tenant, 1)
end
