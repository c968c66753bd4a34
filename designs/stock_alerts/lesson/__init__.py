"""What a teacher uses of stock alerts."""
