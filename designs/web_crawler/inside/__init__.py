"""What is shown of the counter."""
