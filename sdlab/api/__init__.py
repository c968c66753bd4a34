"""The HTTP side that every lab shares: control, problems, limits."""
