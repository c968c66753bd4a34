
local look, take = look_log, take_log
