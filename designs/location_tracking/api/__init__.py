"""What programs use."""
