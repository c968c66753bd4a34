"""Local delivery: sell the last piece once, and bring it within the hour."""
