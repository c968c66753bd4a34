"""One address for several serving processes: stores that they share, and each room at the process that has it."""
