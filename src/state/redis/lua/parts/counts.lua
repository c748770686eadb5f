-- How many there are of what is counted, in all and per tenant.
-- Keys: counts, a hash of `what` and `what:tenant`.
local Counts = {}
function Counts.add(what, tenant, by)
  if by == 0 then return end
  local k = base .. ':counts'
  if call('HINCRBY', k, what, by) == 0 then call('HDEL', k, what) end
  local field = what .. ':' .. tenant
  if call('HINCRBY', k, field, by) == 0 then call('HDEL', k, field) end
end

function Counts.of(what, tenant) return tonumber(call('HGET', base .. ':counts', what .. ':' .. tenant)) or 0 end
