"""What a teacher uses of YouTube."""
