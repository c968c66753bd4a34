-- What follows a worker's last id, read and written in one step.
-- KEYS: the worker's last id (hash of last_ms, sequence). ARGV: the worker's clock in ms; ids per ms.
-- Answers the branch and: how many ms the clock is behind, or the sequence.
local last = tonumber(redis.call('hget', KEYS[1], 'last_ms') or -1)
local now = tonumber(ARGV[1])
if now < last then
  local branch = 'clock-behind'
  return { branch, last - now }
end
local sequence = 0
local branch = 'new-ms'
if now == last then
  sequence = tonumber(redis.call('hget', KEYS[1], 'sequence')) + 1
  branch = 'same-ms'
end
if sequence >= tonumber(ARGV[2]) then
  branch = 'ms-used-up'
  return { branch, sequence }
end
redis.call('hset', KEYS[1], 'last_ms', ARGV[1], 'sequence', sequence)
return { branch, sequence }
