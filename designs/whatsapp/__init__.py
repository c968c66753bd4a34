"""Carry what people write to each other to every device they have: once, in order, and to nobody else."""
