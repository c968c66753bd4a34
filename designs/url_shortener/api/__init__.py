"""What a program uses."""
