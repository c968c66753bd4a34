"""What a visitor uses of the web crawler."""
