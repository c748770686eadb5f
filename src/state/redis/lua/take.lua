-- @include core.lua
-- @include tokens.lua
-- Takes permits of a rate, at most a second ahead, or one permit ahead (`StateStore.take`): the generic cell rate
-- algorithm, whose whole state is the instant up to which the rate is given away.
-- Keys: rates, a sorted set of names by that instant.
--
-- KEYS[1]  what is global
-- ARGV[1]  token deadline now · name, per_second, count
-- result   {'taken', granted, retry_after_ms}
return once(function()
  local permit = 1000 / asked.per_second
  local horizon = now + math.max(1000, permit)
  local booked = math.max(now, tonumber(call('ZSCORE', base .. ':rates', asked.name)) or 0)
  -- A thousandth of a permit is forgiven to sums of fractions.
  local free = math.max(0, math.floor((horizon - booked) / permit + 0.001))
  local granted = math.min(asked.count, free)
  local upto = booked + granted * permit
  if granted > 0 then call('ZADD', base .. ':rates', n2s(upto), asked.name) end
  return { 'taken', n2s(granted), n2s(math.max(0, math.ceil(upto + permit - horizon))) }
end)
