"""What a teacher uses of the counter."""
