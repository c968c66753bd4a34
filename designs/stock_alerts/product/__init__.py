"""What a visitor uses of stock alerts."""
