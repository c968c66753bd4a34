"""What a program uses of the web crawler."""
