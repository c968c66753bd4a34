-- A device has what it names: take it out of the inbox, drop what everybody has, and tell the sender.
-- KEYS: prefix. ARGV: inbox, user, device, devices that share the inbox, retention, way, kind (have, read, tick),
-- keep receipts in inboxes, then the members
local p, box, user, device = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local shared, way, kind = tonumber(ARGV[4]), ARGV[6], ARGV[7]
local inbox = p .. ':inbox:' .. box
local done = {}

local function removed(member)
  if shared > 1 then
    local seen = p .. ':seen:' .. box .. ':' .. member
    redis.call('SADD', seen, device)
    redis.call('EXPIRE', seen, 3600)
    if redis.call('SCARD', seen) < shared then
      return false
    end
    redis.call('DEL', seen)
  end
  return redis.call('ZREM', inbox, member) == 1
end

local function forgotten(chat, mid)
  if redis.call('HINCRBY', p .. ':left:' .. chat, mid, -1) <= 0 then
    redis.call('HDEL', p .. ':left:' .. chat, mid)
    if ARGV[5] == 'acked' then
      redis.call('HDEL', p .. ':msg:' .. chat, mid)
      redis.call('ZREM', p .. ':times', chat .. '|' .. mid)
      redis.call('ZREM', p .. ':log:' .. chat, mid)
    end
  end
end

local function ticked(state, waiting, chat, mid)
  local entry = redis.call('HGET', p .. ':' .. waiting .. ':' .. chat, mid)
  if not entry then
    return
  end
  local sender, receivers, boxes = string.match(entry, '([^|]*)|([^|]*)|(.*)')
  if sender == user then
    return
  end
  local have = p .. ':' .. state .. ':' .. chat .. ':' .. mid
  redis.call('SADD', have, user)
  redis.call('EXPIRE', have, 3600)
  if redis.call('SCARD', have) < tonumber(receivers) then
    return
  end
  redis.call('DEL', have)
  redis.call('HDEL', p .. ':' .. waiting .. ':' .. chat, mid)
  local receipt = 'r|' .. chat .. '|' .. mid .. '|' .. state
  if ARGV[8] == '1' then
    local place = redis.call('INCR', p .. ':order')
    for one in string.gmatch(boxes, '[^,]+') do
      redis.call('ZADD', p .. ':inbox:' .. one, place, receipt)
      redis.call('SADD', p .. ':waiting', one)
    end
  end
  local news = '\n' .. receipt .. '\n0\n'
  if way == 'pubsub' then
    redis.call('PUBLISH', p .. ':user:' .. sender, news)
  elseif way == 'topic' then
    redis.call('XADD', p .. ':topic:' .. sender, 'MAXLEN', '~', 500, '*', 'news', news)
  end
  done[#done + 1] = sender .. '\n' .. receipt
end

for i = 9, #ARGV do
  local member = ARGV[i]
  local chat, mid = string.match(member, '^m|([^|]*)|(.*)$')
  if kind ~= 'tick' and removed(member) and chat then
    forgotten(chat, mid)
  end
  if chat then
    ticked('delivered', 'undelivered', chat, mid)
    if kind == 'read' then
      ticked('read', 'unread', chat, mid)
    end
  end
end
if redis.call('EXISTS', inbox) == 0 then
  redis.call('SREM', p .. ':waiting', box)
end
return done
