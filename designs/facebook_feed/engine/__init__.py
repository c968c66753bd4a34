"""The working system: who follows whom, what was posted, and how it comes into feeds."""
