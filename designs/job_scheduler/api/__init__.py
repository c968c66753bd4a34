"""What a program uses of the job scheduler."""
