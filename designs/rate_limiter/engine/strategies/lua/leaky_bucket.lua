
local function look(key, now)
  local free = now
  local kept = redis.call('GET', key)
  if kept then free = tonumber(kept) + gap end
  local delay = math.max(0, free - now)
  local waiting = math.max(0, math.ceil((delay - SLACK) / gap))
  if waiting > burst then
    return {false, 0, delay - burst * gap + SLACK, delay, waiting, 0, branch = 'queue-full'}
  end
  return {true, burst - waiting, 0, delay + gap, waiting, delay, now + delay, branch = 'queue-has-room'}
end
local function take(key, s)
  redis.call('SET', key, string.format('%.17g', s[7]), 'PX', ttl)
end
