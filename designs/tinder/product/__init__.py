"""What a visitor uses of this design."""
