"""The working system: ticks come in, crossed alerts are found, and each owner is told once."""
