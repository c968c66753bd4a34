"""What is shown of stock alerts."""
