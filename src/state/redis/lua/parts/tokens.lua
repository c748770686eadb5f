-- Asking again: an operation that is repeated under its token within 60 s changes nothing and gets its first answer.
-- Keys: t:<token>, a packed {time, answer}. Its TTL only frees memory.
local TOKEN_KEPT_MS = 60000

-- Runs an operation once, unless its deadline is over. The answer is a list of texts and lists.
local function once(run)
  local k = key('t', asked.token)
  local known = call('GET', k)
  if known then
    local kept = cmsgpack.unpack(known)
    if now - kept[1] <= TOKEN_KEPT_MS then return kept[2] end
  end
  if asked.deadline < now then return { 'late', n2s(now - asked.deadline) } end
  local answer = run()
  save_meta()
  call('SET', k, cmsgpack.pack({ now, answer }), 'PX', 2 * TOKEN_KEPT_MS)
  return answer
end
