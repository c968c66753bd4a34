-- Sends each notification to its user's inbox, once per key where there are keys, and not beyond the cap.
-- KEYS: inbox. ARGV: prefix of keys, their seconds (0: none), prefix of the day's counters, the cap (0: none),
-- how many entries are kept, the time, prefix of the users' own lists; then for each: key, user, body.
local OWN = 200 -- so many places of its newest are kept for each user
local ttl, cap = tonumber(ARGV[2]), tonumber(ARGV[4])
local codes = {}
for at = 8, #ARGV, 3 do
  local branch = 'sent'
  if ttl > 0 and not redis.call('SET', ARGV[1] .. ARGV[at], ARGV[6], 'NX', 'EX', ttl) then
    branch = 'twice' -- somebody has sent it
  elseif cap > 0 then
    local today = redis.call('INCR', ARGV[3] .. ARGV[at + 1])
    if today == 1 then redis.call('EXPIRE', ARGV[3] .. ARGV[at + 1], 86400) end
    if today > cap then
      branch = 'quiet' -- the user has had enough of them
    end
  end
  if branch ~= 'twice' then
    local place = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[5], '*', 'user', ARGV[at + 1], 'key', ARGV[at],
      'at', ARGV[6], 'quiet', branch == 'quiet' and '1' or '0', 'body', ARGV[at + 2])
    local own = ARGV[7] .. ARGV[at + 1]
    redis.call('LPUSH', own, place)
    redis.call('LTRIM', own, 0, OWN - 1)
  end
  codes[#codes + 1] = branch
end
return codes
