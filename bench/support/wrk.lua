-- Sends the lines of a file one after the other. Arguments: the file; where to begin; a marker and a file of
-- values, one of which takes the place of the value behind the marker in each request, or two empty texts;
-- headers as pairs.
local requests = {}
local values = {}
local nextRequest = 0

function init(args)
  wrk.headers["content-type"] = "application/json"
  for index = 5, #args, 2 do
    wrk.headers[args[index]] = args[index + 1]
  end
  local marker, valuesFile = args[3], args[4]
  if marker ~= "" then
    for line in io.lines(valuesFile) do
      values[#values + 1] = line
    end
    math.randomseed(os.time())
  end
  for line in io.lines(args[1]) do
    local text = wrk.format("POST", nil, nil, line)
    if marker == "" then
      requests[#requests + 1] = text
    else
      local _, last = string.find(text, marker, 1, true)
      requests[#requests + 1] = { text:sub(1, last), text:sub(last + 1 + #values[1]) }
    end
  end
  nextRequest = tonumber(args[2]) % #requests
end

function request()
  nextRequest = nextRequest % #requests + 1
  local text = requests[nextRequest]
  if #values == 0 then
    return text
  end
  return text[1] .. values[math.random(#values)] .. text[2]
end

function done(summary)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(
    string.format(
      '{"requests":%d,"seconds":%f,"bytes":%d,"failed":%d}\n',
      summary.requests,
      summary.duration / 1e6,
      summary.bytes,
      failed
    )
  )
end
