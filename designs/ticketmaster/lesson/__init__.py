"""What a teacher uses: beats, questions, the estimate."""
