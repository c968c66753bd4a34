-- KEYS: the hash of the count, the set of its members
-- ARGV: the rule's step (0: powers of two), whether members count once, 1 or -1, the members
-- Gives five numbers for each member, or once without members: count, flushed, version, changed, due.
local step, once, sign = tonumber(ARGV[1]), ARGV[2] == '1', tonumber(ARGV[3])
local known = redis.call('hmget', KEYS[1], 'count', 'flushed', 'version')
if not known[1] then return {} end -- lost, or new
local count, flushed, version = tonumber(known[1]), tonumber(known[2]), tonumber(known[3])

local function floor(n)
  if step > 0 then return n - n % step end
  local power = 0
  if n > 0 then power = 1 end
  while power > 0 and power * 2 <= n do power = power * 2 end
  return power
end

local answer = {}
local function settle(changed)
  local due = 0
  local wanted = floor(count)
  if wanted > flushed or count < flushed then -- a threshold was reached, or fallen below
    flushed, version, due = wanted, version + 1, 1
  end
  for _, one in ipairs({count, flushed, version, changed, due}) do answer[#answer + 1] = one end
end

for place = 4, #ARGV do
  local changed = 1
  if once then -- SADD or SREM tell whether it was news
    changed = redis.call(sign > 0 and 'sadd' or 'srem', KEYS[2], ARGV[place])
  end
  count = math.max(0, count + sign * changed)
  settle(changed)
end
if #ARGV < 4 then settle(0) end
redis.call('hset', KEYS[1], 'count', count, 'flushed', flushed, 'version', version)
return answer
