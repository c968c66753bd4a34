"""What a parent uses: the map, the bus that is followed, and its alerts."""
