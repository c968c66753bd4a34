"""The working system: an add, its counter, its journal."""
