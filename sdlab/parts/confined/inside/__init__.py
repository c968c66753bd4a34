"""Programs that run inside: each is a file of its own that needs the standard library and nothing else."""
