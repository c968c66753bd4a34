"""The algorithms as Redis scripts: the same arithmetic as the blocks, atomic because Redis runs one script at a time.

One call decides a whole batch of waiting checks. Each algorithm gives two functions: `look`
answers without changing anything, `take` writes what a request that passes leaves behind.
Times and counts are doubles on both sides, written with 17 digits so that none changes on the way.
`full` is the limit that a log is held against: the client's, or for one look the global one.

KEYS: ledger, global log, then one key per check. ARGV: limit, window, burst, time to live (ms),
global limit (0 for none), how many bytes of a key stand before the client's name, and the time
(or, where each gateway stamps its own, the times of all checks, with spaces between).
Answers: "refused-by remaining retry reset level delay number" per check; refused-by is 0 for a
request that passes, 1 for the client's own rule, 2 for the global one.
"""

from __future__ import annotations

TOKEN_BUCKET = """
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
    return {false, 0, (1 - tokens) * gap + SLACK, (burst - tokens) * gap, tokens, 0}
  end
  tokens = tokens - 1
  return {true, math.floor(tokens), 0, (burst - tokens) * gap, tokens, 0, now}
end
local function take(key, s)
  redis.call('SET', key, string.format('%.17g %.17g', s[5], s[7]), 'PX', ttl)
end
"""

LEAKY_BUCKET = """
local function look(key, now)
  local free = now
  local kept = redis.call('GET', key)
  if kept then free = tonumber(kept) + gap end
  local delay = math.max(0, free - now)
  local waiting = math.max(0, math.ceil((delay - SLACK) / gap))
  if waiting > burst then
    return {false, 0, delay - burst * gap + SLACK, delay, waiting, 0}
  end
  return {true, burst - waiting, 0, delay + gap, waiting, delay, now + delay}
end
local function take(key, s)
  redis.call('SET', key, string.format('%.17g', s[7]), 'PX', ttl)
end
"""

GCRA = """
local function look(key, now)
  local due = tonumber(redis.call('GET', key) or '0')
  local ahead = math.max(0, math.min(due - now, burst * gap))
  local room = (burst - 1) * gap - ahead
  if room < -SLACK then
    return {false, 0, SLACK - room, ahead, ahead, 0}
  end
  ahead = ahead + gap
  return {true, math.floor(math.max(0, room + SLACK) / gap), 0, ahead, ahead, 0, now + ahead}
end
local function take(key, s)
  redis.call('SET', key, string.format('%.17g', s[7]), 'PX', ttl)
end
"""

FIXED_WINDOW = """
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
    return {false, 0, left + SLACK, left, counted, 0}
  end
  counted = counted + 1
  return {true, limit - counted, 0, left, counted, 0, number}
end
local function take(key, s)
  redis.call('SET', key, string.format('%.17g %.17g %.17g', s[7], window, s[5]), 'PX', ttl)
end
"""

SLIDING_LOG = """
local look, take = look_log, take_log
"""

SLIDING_COUNTER = """
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
    return {false, 0, wait + 2 * SLACK, edge + rest, estimate, 0}
  end
  local left = math.max(0, math.floor(limit - estimate - 1))
  return {true, left, 0, edge + window, estimate + 1, 0, number, counted + 1, previous}
end
local function take(key, s)
  redis.call('SET', key, string.format('%.17g %.17g %.17g %.17g', s[7], window, s[8], s[9]), 'PX', ttl)
end
"""

_BEGIN = """
local SLACK = 1e-6
local limit, window, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local ttl, global_limit = ARGV[4], tonumber(ARGV[5])
local gap = window / limit
local full = limit

local function look_log(key, now)
  local counted = redis.call('LLEN', key)
  local newest = now
  if counted > 0 then
    newest = tonumber(redis.call('LINDEX', key, -1))
    now = math.max(now, newest)
    while counted > 0 and tonumber(redis.call('LINDEX', key, 0)) <= now - window do
      redis.call('LPOP', key)
      counted = counted - 1
    end
  end
  if counted + 1 > full then
    local frees = tonumber(redis.call('LINDEX', key, counted - full))
    return {false, 0, frees + window - now + SLACK, newest + window - now, counted, 0}
  end
  return {true, full - counted - 1, 0, window, counted + 1, 0, now}
end
local function take_log(key, s)
  redis.call('RPUSH', key, string.format('%.17g', s[7]))
  redis.call('PEXPIRE', key, ttl)
end
"""

_END = """
local answers = {}
local before, stamps = tonumber(ARGV[6]) + 1, {}
for one in string.gmatch(ARGV[7], '%S+') do stamps[#stamps + 1] = tonumber(one) end
for i = 3, #KEYS do
  local field, now = string.sub(KEYS[i], before), stamps[i - 2] or stamps[1]
  local answer, refused_by, whole, number = look(KEYS[i], now), 0, nil, 0
  if not answer[1] then
    refused_by = 1
  elseif global_limit > 0 then
    full = global_limit
    whole = look_log(KEYS[2], now)
    full = limit
    if not whole[1] then
      refused_by, answer = 2, whole
    elseif whole[2] < answer[2] then
      answer[2] = whole[2]
    end
  end
  if refused_by == 0 then
    number = redis.call('HINCRBY', KEYS[1], field, 1)
    take(KEYS[i], answer)
    if whole then take_log(KEYS[2], whole) end
  end
  answers[#answers + 1] = string.format(
    '%d %d %.17g %.17g %.17g %.17g %d',
    refused_by, answer[2], answer[3], answer[4], answer[5], answer[6], number)
end
return answers
"""


def script(algorithm: str) -> str:
    """The whole script around an algorithm's two functions."""
    return _BEGIN + algorithm + _END
