"""What a teacher uses of the tagging service."""
