-- The algorithms as Redis scripts: the same arithmetic as the blocks, atomic because Redis runs one
-- script at a time. A script is this file, the one of its algorithm, and `end.lua`.
--
-- One call decides a whole batch of waiting checks. Each algorithm gives two functions: `look` answers
-- without changing anything, `take` writes what a request that passes leaves behind. Times and counts
-- are doubles on both sides, written with 17 digits so that none changes on the way.
--
-- KEYS: ledger, global log, then one key per check. ARGV: limit, window, burst, time to live (ms),
-- global limit (0 for none), how many bytes of a key stand before the client's name, and the time
-- (or, where each gateway stamps its own, the times of all checks, with spaces between).
-- Answers: "refused-by remaining retry reset level delay number branch" per check; refused-by is 0 for
-- a request that passes, 1 for the client's own rule, 2 for the global one. A branch is named where it
-- is taken, at the end of its line: that line is shown as the one that decided.

local SLACK = 1e-6
local limit, window, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local ttl, global_limit = ARGV[4], tonumber(ARGV[5])
local gap = window / limit
local full = limit -- what a log is held against: the client's limit, or for one look the global one

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
    return {false, 0, frees + window - now + SLACK, newest + window - now, counted, 0, branch = 'log-full'}
  end
  return {true, full - counted - 1, 0, window, counted + 1, 0, now, branch = 'log-has-room'}
end
local function take_log(key, s)
  redis.call('RPUSH', key, string.format('%.17g', s[7]))
  redis.call('PEXPIRE', key, ttl)
end
