"""Yelp: find places by words near a point, and keep what people think of them honest."""
