"""What a visitor uses of Twitter."""
