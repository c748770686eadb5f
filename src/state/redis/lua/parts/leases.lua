-- Leases of incarnations, in every partition on that partition's clock.
-- Keys: leases, a hash of owner → the instant until which its lease holds.
local Leases = {}
local LEASE_MS = 15000

-- Until, and not at, the instant it was given to.
function Leases.holds(owner)
  local held_until = tonumber(call('HGET', base .. ':leases', owner))
  return held_until ~= nil and held_until > now
end
