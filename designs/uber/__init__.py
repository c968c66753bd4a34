"""Riders ask, drivers move: find the nearest free driver at once, and never promise one of them twice."""
