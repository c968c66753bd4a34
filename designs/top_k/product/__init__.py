"""What a viewer uses: the wall of videos and the leaderboard."""
