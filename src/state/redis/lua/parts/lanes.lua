-- What shares a lane goes out one at a time, in the order of its entering.
-- Keys: l:<lane>, a sorted set of open entries by position; ll:<lane>, a hash of last (the position that entered last)
-- and letters (how many dead letters could still be sent again in it).
local Lanes = {}
function Lanes.is_taken(lane) return call('EXISTS', key('l', lane)) == 1 end

function Lanes.enter(lane, pos, suffix)
  call('ZADD', key('l', lane), n2s(pos), suffix)
  call('HSET', key('ll', lane), 'last', n2s(pos))
end

function Lanes.forget(lane)
  if Lanes.is_taken(lane) then return end
  if (tonumber(call('HGET', key('ll', lane), 'letters')) or 0) <= 0 then call('DEL', key('ll', lane)) end
end

function Lanes.leave(lane, suffix)
  call('ZREM', key('l', lane), suffix)
  Lanes.forget(lane)
end

-- Whether someone entered after what had that position: then it cannot be sent again.
function Lanes.overtaken(lane, pos)
  local last = tonumber(call('HGET', key('ll', lane), 'last'))
  return last ~= nil and last > tonumber(pos)
end

function Lanes.count_letter(lane, by)
  call('HINCRBY', key('ll', lane), 'letters', by)
  if by < 0 then Lanes.forget(lane) end
end
