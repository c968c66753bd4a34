
local function look(key, now)
  local number, counted, previous = math.floor(now / window), 0, 0
  local kept = redis.call('GET', key)
  if kept then
    local a, b, c, d = string.match(kept, '(%S+) (%S+) (%S+) (%S+)')
    if tonumber(b) == window then
      local was = tonumber(a)
      if number <= was then
        number, counted, previous = was, tonumber(c), tonumber(d)
      elseif number == was + 1 then
        previous = tonumber(c)
      end
    end
  end
  local into = math.max(0, now / window - number)
  local estimate = previous * (1 - into) + counted
  local edge = (number + 1) * window - now
  if estimate + 1 > limit then
    local start, p, c = number * window, previous, counted
    if c + 1 > limit then p, c, start = c, 0, start + window end
    local share = 1
    if p > 0 then share = (limit - 1 - c) / p end
    local wait = math.max(0, start + (1 - math.min(1, share)) * window - now)
    local rest = 0
    if counted > 0 then rest = window end
    return {false, 0, wait + 2 * SLACK, edge + rest, estimate, 0, branch = 'estimate-too-high'}
  end
  local left = math.max(0, math.floor(limit - estimate - 1))
  local more = counted + 1
  return {true, left, 0, edge + window, estimate + 1, 0, number, more, previous, branch = 'estimate-fits'}
end
local function take(key, s)
  redis.call('SET', key, string.format('%.17g %.17g %.17g %.17g', s[7], window, s[8], s[9]), 'PX', ttl)
end
