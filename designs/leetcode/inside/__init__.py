"""What is shown of the judge."""
