"""What is shown of the tagging service."""
