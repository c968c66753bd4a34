"""Show what is said under a live stream to everybody who watches it, at once, and lose none of it."""
