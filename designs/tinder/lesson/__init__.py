"""What a teacher uses: the lesson, the quiz, the estimate."""
