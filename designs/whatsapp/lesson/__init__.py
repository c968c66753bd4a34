"""What a teacher uses of the messenger."""
