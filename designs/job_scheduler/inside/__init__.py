"""What is shown of the job scheduler."""
