"""What a teacher uses of the job scheduler."""
