"""What teachers use: the lesson, the quiz, the estimate."""
