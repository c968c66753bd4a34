"""What a program uses of the judge."""
