-- @include json.lua
-- @include reservations.lua
-- @include windows.lua
-- Gates, as the plan has them: kind (`reservation`, `window`), key, rule, verdict, and ttl_ms, keep, or limit,
-- window_ms, message. Equal ones are one already.
local Gates = {}

-- What a gate says to an entry (its seq, or nil), and what was read for it, so that taking it reads nothing again.
function Gates.look(gate, entry_seq)
  local reading = { gate = gate }
  if gate.kind == 'window' then
    reading.used, reading.wait, reading.row = Windows.read(gate)
    reading.refuses = reading.wait ~= nil
    reading.trace = obj(
      'rule', str(gate.rule), 'verdict', str(gate.verdict), 'would', reading.wait and '"refuse"' or '"pass"',
      'used', n2s(reading.used), 'limit', n2s(gate.limit), 'retry_after_ms', reading.wait and n2s(reading.wait) or nil
    )
    return reading
  end
  reading.row = Reservations.at(gate.key)
  reading.holder = Reservations.held_by(reading.row, entry_seq)
  reading.refuses = reading.holder ~= nil
  reading.trace = obj(
    'rule', str(gate.rule), 'verdict', str(gate.verdict), 'would', reading.holder and '"refuse"' or '"pass"',
    'holder', reading.holder and str(reading.holder) or nil
  )
  return reading
end

-- Looks at gates and takes nothing; what they say, and the first that refuses, in plan order. Nothing after it is looked
-- at, unless all were asked for.
function Gates.check(gates, entry_seq, all)
  local readings, refusing = {}, nil
  for _, gate in ipairs(gates) do
    local reading = Gates.look(gate, entry_seq)
    readings[#readings + 1] = reading
    if reading.refuses and not refusing then
      refusing = reading
      if not all then break end
    end
  end
  return readings, refusing
end

function Gates.traces(readings)
  local out = {}
  for i, reading in ipairs(readings) do out[i] = reading.trace end
  return arr(out)
end

-- The outcome that a refusal is.
function Gates.refusal_of(reading)
  local gate = reading.gate
  if gate.kind == 'reservation' then return '{"type":"Deduplicated"}' end
  local ms = math.max(0, math.ceil(reading.wait))
  return obj(
    'type', '"Throttled"',
    'retry_after', obj('secs', n2s(math.floor(ms / 1000)), 'nanos', n2s((ms % 1000) * 1000000)),
    'rule', str(gate.rule),
    'message', gate.message and str(gate.message) or nil
  )
end

-- How many reservations more there will be when these are taken.
function Gates.new_reservations(readings)
  local more = 0
  for _, reading in ipairs(readings) do
    if reading.gate.kind == 'reservation' and not reading.row then more = more + 1 end
  end
  return more
end

-- Takes every gate that lets pass; the reservations among them, as `holds`.
function Gates.take(readings, holder)
  local holds = {}
  for _, reading in ipairs(readings) do
    local gate = reading.gate
    if gate.kind == 'window' then Windows.pass(gate, reading.row)
    elseif not reading.refuses then
      Reservations.reserve(gate, reading.row, holder)
      holds[#holds + 1] = { gate.key, gate.keep == true }
    end
  end
  return holds
end

function Gates.holds_text(holds) return #holds > 0 and cjson.encode(holds) or nil end
