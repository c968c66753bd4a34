"""What is shown of Twitter."""
