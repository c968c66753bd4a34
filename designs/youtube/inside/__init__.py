"""What is shown of YouTube."""
