"""What a program uses of the drive."""
