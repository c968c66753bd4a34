"""What a visitor uses of the tagging service."""
