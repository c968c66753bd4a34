"""Twitter: tweets, likes and searches of many at once, counted in two stages and found by words."""
