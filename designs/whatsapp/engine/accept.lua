-- Take a message in: known already, or numbered, kept for every inbox, and announced, all in one step.
-- KEYS: prefix. ARGV: chat, sender, client id, message id, rest of the JSON, remember, own number, inboxes,
-- users to tell, way, keep in inboxes, time, receivers, prefix of what is told, the sender's inboxes, follow reads
local p, chat = KEYS[1], ARGV[1]
local way, kept = ARGV[10], ARGV[11] == '1'
local who = ARGV[2] .. '|' .. ARGV[3]
local clients = p .. ':clients:' .. chat
local known = redis.call('HGET', clients, who)
if known and ARGV[6] == '1' then
  return { 'known', known }
end
local seq = tonumber(ARGV[7])
if seq == 0 then
  seq = redis.call('INCR', p .. ':seq:' .. chat)
else
  local highest = tonumber(redis.call('GET', p .. ':seq:' .. chat) or '0')
  redis.call('SET', p .. ':seq:' .. chat, math.max(highest, seq))
end
local mid = ARGV[4]
local payload = '{"seq":' .. seq .. ',' .. ARGV[5]
local member = 'm|' .. chat .. '|' .. mid
local boxes = 0
if kept then
  redis.call('HSET', p .. ':msg:' .. chat, mid, payload)
  redis.call('ZADD', p .. ':times', ARGV[12], chat .. '|' .. mid)
  redis.call('ZADD', p .. ':log:' .. chat, seq, mid)
  local place = redis.call('INCR', p .. ':order')
  for box in string.gmatch(ARGV[8], '[^,]+') do
    redis.call('ZADD', p .. ':inbox:' .. box, place, member)
    redis.call('SADD', p .. ':waiting', box)
    boxes = boxes + 1
  end
  redis.call('HSET', p .. ':left:' .. chat, mid, boxes)
end
local waiting = ARGV[2] .. '|' .. ARGV[13] .. '|' .. ARGV[15]
redis.call('HSET', p .. ':undelivered:' .. chat, mid, waiting)
if ARGV[16] == '1' then
  redis.call('HSET', p .. ':unread:' .. chat, mid, waiting)
end
redis.call('HSET', clients, who, mid .. '|' .. seq)
local recent = p .. ':recent:' .. chat
redis.call('RPUSH', recent, who .. '|' .. mid)
if redis.call('LLEN', recent) > 2000 then
  local sender, client, old = string.match(redis.call('LPOP', recent), '([^|]*)|([^|]*)|(.*)')
  redis.call('HDEL', clients, sender .. '|' .. client)
  redis.call('HDEL', p .. ':undelivered:' .. chat, old)
  redis.call('HDEL', p .. ':unread:' .. chat, old)
end
redis.call('INCRBY', p .. ':written', boxes)
local told = 0
if way == 'pubsub' or way == 'topic' then
  local news = ARGV[14] .. '\n' .. member .. '\n' .. seq .. '\n' .. payload
  for user in string.gmatch(ARGV[9], '[^,]+') do
    if way == 'pubsub' then
      told = told + redis.call('PUBLISH', p .. ':user:' .. user, news)
    else
      redis.call('XADD', p .. ':topic:' .. user, 'MAXLEN', '~', 500, '*', 'news', news)
      told = told + 1
    end
  end
end
return { 'new', seq, told, payload }
