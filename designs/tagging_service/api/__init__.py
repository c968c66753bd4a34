"""What a program uses of the tagging service."""
