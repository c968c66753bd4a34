"""Show everybody what the people they follow have posted, newest first, whoever has a million followers."""
