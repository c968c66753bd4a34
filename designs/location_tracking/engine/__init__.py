"""The working system: positions in; neighbours, arrival times and alerts out."""
