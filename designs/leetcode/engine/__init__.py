"""The working judge: submissions, their queue, runners that confine what they run, and the leaderboard."""
