"""What a program uses of stock alerts."""
