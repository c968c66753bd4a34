"""What is shown of the shortener."""
