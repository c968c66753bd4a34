"""What a visitor uses of YouTube."""
