"""What a program uses of YouTube."""
