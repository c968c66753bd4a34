"""What a program uses of the rate limiter."""
