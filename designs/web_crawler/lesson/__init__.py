"""What a teacher uses of the web crawler."""
