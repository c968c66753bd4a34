"""What is shown of the working system."""
