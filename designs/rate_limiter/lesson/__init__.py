"""What a teacher uses: the lesson, the questions, the estimate."""
