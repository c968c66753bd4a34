"""The URL shortener at work: links on shards, keys, clicks and what must hold."""
