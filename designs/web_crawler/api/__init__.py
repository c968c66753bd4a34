"""What a program uses of the counter."""
