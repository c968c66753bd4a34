
local function look(key, now)
  local due = tonumber(redis.call('GET', key) or '0')
  local ahead = math.max(0, math.min(due - now, burst * gap))
  local room = (burst - 1) * gap - ahead
  if room < -SLACK then
    return {false, 0, SLACK - room, ahead, ahead, 0, branch = 'too-early'}
  end
  ahead = ahead + gap
  local left = math.floor(math.max(0, room + SLACK) / gap)
  return {true, left, 0, ahead, ahead, 0, now + ahead, branch = 'early-enough'}
end
local function take(key, s)
  redis.call('SET', key, string.format('%.17g', s[7]), 'PX', ttl)
end
