"""What a program uses of Twitter."""
