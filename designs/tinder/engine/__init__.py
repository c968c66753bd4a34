"""The working system: feeds, swipes and matches of one room."""
