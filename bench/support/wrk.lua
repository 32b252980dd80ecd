-- Sends the lines of a file one after the other. Arguments: the file; where to begin; two markers and a file of
-- values, of which others take the places of those behind the markers in each request, or three empty texts;
-- headers as pairs.
local requests = {}
local values = {}
local nextRequest = 0

function init(args)
  wrk.headers["content-type"] = "application/json"
  for index = 6, #args, 2 do
    wrk.headers[args[index]] = args[index + 1]
  end
  local first, second, valuesFile = args[3], args[4], args[5]
  if first ~= "" then
    for line in io.lines(valuesFile) do
      values[#values + 1] = line
    end
    math.randomseed(os.time())
  end
  for line in io.lines(args[1]) do
    local text = wrk.format("POST", nil, nil, line)
    if first == "" then
      requests[#requests + 1] = text
    else
      local _, one = string.find(text, first, 1, true)
      local _, two = string.find(text, second, one + 1, true)
      local length = #values[1]
      requests[#requests + 1] =
        { text:sub(1, one), text:sub(one + 1 + length, two), text:sub(two + 1 + length) }
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
  local drawn = values[math.random(#values)]
  return text[1] .. drawn .. text[2] .. values[math.random(#values)] .. text[3]
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
