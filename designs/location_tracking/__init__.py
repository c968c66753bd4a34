"""Location tracking: know where thousands of buses are, and which of them are near."""
