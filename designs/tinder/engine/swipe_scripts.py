"""The steps of the swipe store that nobody may come between, as scripts of Redis."""

MATCH = """
local function match(mine, theirs, seq_key, log, me, them, at)
  local had = redis.call('zscore', mine, them)
  if had then return tonumber(had) end
  local seq = redis.call('incr', seq_key)
  redis.call('zadd', mine, seq, them)
  redis.call('zadd', theirs, seq, me)
  redis.call('hset', log, seq, cjson.encode({me, them, at}))
  return seq
end
"""
# Every key of a room has the same hash tag, so the scripts may put keys together themselves: eight
# keys for each of a hundred swipes would cost the client more than all the rest.
RECORD = (
    MATCH
    + """
local p, out = KEYS[1], {}
local function at_home(who) return p .. 'swipes:' .. (tonumber(who) % 2) .. ':' .. who end
for n = 0, #ARGV / 5 - 1 do
  local a = n * 5
  local me, them, value, at, check = ARGV[a+1], ARGV[a+2], ARGV[a+3], ARGV[a+4], ARGV[a+5]
  local mine = at_home(me)
  local first = redis.call('hsetnx', mine, them, value .. at)
  local stands, seq = value, 0
  if first == 1 then
    redis.call('hincrby', p .. 'history', me, 1)
    redis.call('rpush', p .. 'replicate:' .. (tonumber(me) % 2), at .. ' ' .. me .. ' ' .. them .. ' ' .. value .. at)
    redis.call('zrem', p .. 'feed:' .. me, them)
    if value == 'L' then redis.call('sadd', p .. 'likers:' .. them, me) end
  else
    stands = string.sub(redis.call('hget', mine, them), 1, 1)
  end
  if check == '1' and stands == 'L' then
    local theirs = redis.call('hget', at_home(them), me) or ''
    if string.sub(theirs, 1, 1) == 'L' then
      seq = match(p .. 'matches:' .. me, p .. 'matches:' .. them, p .. 'match-seq', p .. 'match-log', me, them, at)
    end
  end
  out[n + 1] = {first, stands, seq}
end
return out
"""
)
# The partition of a person as `swipe_store.partition` has it; Lua's numbers are exact below 2^53.
PARTITION_SIZES = """
local p, sizes = KEYS[1], {}
for n = 1, ARGV[1] do sizes[n] = {0, 0} end
for _, who in ipairs(redis.call('hkeys', p .. 'history')) do
  local number = tonumber(who)
  local found = redis.call('hlen', p .. 'swipes:' .. (number % 2) .. ':' .. who)
  if found > 0 then
    local one = sizes[math.floor(number * 2654435761 / 128) % ARGV[1] + 1]
    one[1] = one[1] + found
    one[2] = one[2] + 1
  end
end
return sizes
"""
REPLICATE = """
local p, from, moved = KEYS[1], ARGV[1], {}
local queue = p .. 'replicate:' .. from
for _, line in ipairs(redis.call('lrange', queue, 0, ARGV[3] - 1)) do
  local at, me, them, value = string.match(line, '^(%S+) (%S+) (%S+) (%S+)$')
  if tonumber(at) > tonumber(ARGV[2]) then break end
  redis.call('hsetnx', p .. 'swipes:' .. (1 - from) .. ':' .. me, them, value)
  moved[#moved + 1] = line
end
if #moved > 0 then redis.call('ltrim', queue, #moved, -1) end
return {redis.call('llen', queue), moved}
"""
JOIN = MATCH + "return match(KEYS[1], KEYS[2], KEYS[3], KEYS[4], ARGV[1], ARGV[2], ARGV[3])"
