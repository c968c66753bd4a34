"""Sell numbered seats to a crowd: each at most once, none lost, and never money without a ticket."""
