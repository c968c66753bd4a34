"""What a teacher uses of the judge."""
