-- A like: counted once per user, and the index hears of it when the rule says so.
-- KEYS: who liked this tweet (set), likes given here (hash), tweets whose likes the index is to hear of (list),
-- all likes of those that were liked here (sorted set).
-- ARGV: tweet, user, likes in the archive, 'every' or 'powers'. Answers the branch and all its likes.
local given = tonumber(redis.call('hget', KEYS[2], ARGV[1]) or '0')
if redis.call('sadd', KEYS[1], ARGV[2]) == 0 then
  local branch = 'again'
  return { branch, ARGV[3] + given }
end
local all = ARGV[3] + redis.call('hincrby', KEYS[2], ARGV[1], 1)
redis.call('zadd', KEYS[4], all, ARGV[1])
if ARGV[4] == 'every' then
  redis.call('rpush', KEYS[3], ARGV[1])
  local branch = 'each'
  return { branch, all }
end
local power = 1
while power < all do power = power * 2 end
if power == all then
  redis.call('rpush', KEYS[3], ARGV[1])
  local branch = 'power'
  return { branch, all }
end
local branch = 'between'
return { branch, all }
