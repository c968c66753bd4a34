"""Designs to start from: `python3 -m sdlab new NAME` copies one and gives it a name."""
