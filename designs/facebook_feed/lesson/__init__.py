"""What a teacher uses of this design."""
