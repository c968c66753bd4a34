"""What this design shows of its inside."""
