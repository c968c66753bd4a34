"""What a visitor uses of the rate limiter."""
