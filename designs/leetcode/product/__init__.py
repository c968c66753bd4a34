"""What a visitor uses of the judge."""
