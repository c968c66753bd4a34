-- The next token of a server's range, read and written in one step.
-- KEYS: the range (hash of following, end, width). ARGV: the width of codes that tokens are for.
-- Answers the branch and the token.
local held = redis.call('hmget', KEYS[1], 'following', 'end', 'width')
if held[3] ~= ARGV[1] then
  local branch = 'no-range'
  return { branch, 0 }
end
if tonumber(held[1]) >= tonumber(held[2]) then
  local branch = 'used-up'
  return { branch, 0 }
end
redis.call('hincrby', KEYS[1], 'following', 1)
local branch = 'taken'
return { branch, held[1] }
