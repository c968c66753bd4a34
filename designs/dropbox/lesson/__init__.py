"""What a teacher uses of the drive."""
