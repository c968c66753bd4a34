"""What a visitor uses of the job scheduler."""
