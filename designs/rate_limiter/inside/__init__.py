"""What the rate limiter shows of its inside."""
