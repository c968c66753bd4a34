"""What is shown of the drive."""
