"""What a teacher uses of live comments."""
