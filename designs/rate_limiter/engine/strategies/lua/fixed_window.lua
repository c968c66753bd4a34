
local function look(key, now)
  local number, counted = math.floor(now / window), 0
  local kept = redis.call('GET', key)
  if kept then
    local a, b, c = string.match(kept, '(%S+) (%S+) (%S+)')
    if tonumber(b) == window and number <= tonumber(a) then
      number, counted = tonumber(a), tonumber(c)
    end
  end
  local left = (number + 1) * window - now
  if counted + 1 > limit then
    return {false, 0, left + SLACK, left, counted, 0, branch = 'window-full'}
  end
  counted = counted + 1
  return {true, limit - counted, 0, left, counted, 0, number, branch = 'window-has-room'}
end
local function take(key, s)
  redis.call('SET', key, string.format('%.17g %.17g %.17g', s[7], window, s[5]), 'PX', ttl)
end
