"""What a visitor uses."""
