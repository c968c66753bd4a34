
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
      whole.branch = 'global-log-full'
      refused_by, answer = 2, whole
    else
      answer.branch = 'both-rules-fit'
      answer[2] = math.min(whole[2], answer[2])
    end
  end
  if refused_by == 0 then
    number = redis.call('HINCRBY', KEYS[1], field, 1)
    take(KEYS[i], answer)
    if whole then take_log(KEYS[2], whole) end
  end
  answers[#answers + 1] = string.format(
    '%d %d %.17g %.17g %.17g %.17g %d %s',
    refused_by, answer[2], answer[3], answer[4], answer[5], answer[6], number, answer.branch)
end
return answers
