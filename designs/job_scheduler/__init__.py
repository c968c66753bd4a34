"""A distributed job scheduler: run every job at its time, once, whoever dies meanwhile."""
