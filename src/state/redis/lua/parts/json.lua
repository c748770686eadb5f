-- Writing JSON: texts of JSON in, a text of JSON out. What is opaque is passed on as it is.
local str = cjson.encode
local function strn(text) return text and cjson.encode(text) or 'null' end
local function bool(value) return value and 'true' or 'false' end

-- obj('name', json, 'name', json, …); a nil leaves its name out.
local function obj(...)
  local out = {}
  for i = 1, select('#', ...), 2 do
    local name, json = select(i, ...)
    if json then out[#out + 1] = '"' .. name .. '":' .. json end
  end
  return '{' .. table.concat(out, ',') .. '}'
end

local function arr(items) return '[' .. table.concat(items, ',') .. ']' end

-- Milliseconds since 1970 as RFC 3339. Days to a date: Howard Hinnant, "chrono-compatible low-level date algorithms".
local function iso(ms)
  local t = math.floor(ms)
  local day = math.floor(t / 86400000)
  local left = t - day * 86400000
  local z = day + 719468
  local era = math.floor(z / 146097)
  local doe = z - era * 146097
  local yoe = math.floor((doe - math.floor(doe / 1460) + math.floor(doe / 36524) - math.floor(doe / 146096)) / 365)
  local doy = doe - (365 * yoe + math.floor(yoe / 4) - math.floor(yoe / 100))
  local mp = math.floor((5 * doy + 2) / 153)
  local month = mp < 10 and mp + 3 or mp - 9
  return string.format(
    '%04d-%02d-%02dT%02d:%02d:%02d.%03dZ',
    yoe + era * 400 + (month <= 2 and 1 or 0),
    month,
    doy - math.floor((153 * mp + 2) / 5) + 1,
    math.floor(left / 3600000),
    math.floor(left / 60000) % 60,
    math.floor(left / 1000) % 60,
    left % 1000
  )
end
