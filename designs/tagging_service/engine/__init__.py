"""The working system: tags, pairs, four ways to find by them, and what keeps the four alike."""
