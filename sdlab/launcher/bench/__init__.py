"""Measurements as ratios within one run: a slow machine slows both sides."""
