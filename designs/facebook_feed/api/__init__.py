"""What a program uses of this design."""
