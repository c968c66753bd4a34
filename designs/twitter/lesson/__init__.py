"""What a teacher uses of Twitter."""
