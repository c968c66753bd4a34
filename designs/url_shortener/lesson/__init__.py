"""What a teacher uses."""
