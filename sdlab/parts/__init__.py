"""Running parts over the stores that two labs or more share; each is made of a context."""
