"""What a program uses of live comments."""
