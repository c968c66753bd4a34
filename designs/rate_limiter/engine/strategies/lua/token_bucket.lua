
local function look(key, now)
  local tokens, at = burst, now
  local kept = redis.call('GET', key)
  if kept then
    local a, b = string.match(kept, '(%S+) (%S+)')
    at = tonumber(b)
    if now < at then now = at end
    tokens = math.min(burst, tonumber(a) + (now - at) / gap)
  end
  if tokens < 1 then
    return {false, 0, (1 - tokens) * gap + SLACK, (burst - tokens) * gap, tokens, 0, branch = 'no-token'}
  end
  tokens = tokens - 1
  return {true, math.floor(tokens), 0, (burst - tokens) * gap, tokens, 0, now, branch = 'took-token'}
end
local function take(key, s)
  redis.call('SET', key, string.format('%.17g %.17g', s[5], s[7]), 'PX', ttl)
end
