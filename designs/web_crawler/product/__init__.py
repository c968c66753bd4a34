"""What a visitor uses of the counter."""
