"""The working rate limiter: who may pass, what counts, and what must hold."""
