"""Top-k: the most viewed videos of the last minute, five minutes and hour, while everybody watches."""
